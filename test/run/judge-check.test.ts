import t from 'tap'
import { judgeCheck } from '../../harness/run/judge/judge-check.ts'

const expected = { applies: 'rejected', at: 2, orAt: 26, leaves: 'part' } as const
const judged = (line: number, leaves: 'nothing' | 'part', given: object = expected) =>
  judgeCheck(
    { expected: given } as never,
    { rejected: { at: 2, leaves: 'part' } },
    { applied: { ok: false, line, text: '', message: 'refused', leaves } },
    { promised: 'osm@0.11', isForeign: false, looksFirst: false, isUnchanged: true },
    undefined,
    undefined,
    {} as never,
  )

t.test(
  'rules that are to be rejected at a line, or at the one that some versions name, are rejected at no other',
  async (t) => {
    t.match(judged(2, 'part'), { status: 'passed' })
    t.match(judged(26, 'part'), { status: 'passed' })
    t.match(judged(26, 'nothing'), { status: 'failed' })
    t.match(judged(3, 'part'), {
      status: 'failed',
      reason: /should be rejected at line 2 or 26, leaving part, but were at line 3/,
    })
    t.match(judged(26, 'part', { applies: 'rejected', at: 2, leaves: 'part' }), {
      status: 'failed',
      reason: /at line 2, leaving/,
    })
  },
)
