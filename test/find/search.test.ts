import t from 'tap'
import { subtractAll } from '../../harness/classes/boxes/boxes.ts'
import type { Box } from '../../harness/classes/boxes/frame.ts'
import { frameText } from '../../harness/classes/boxes/frame.ts'
import { isAnswer, type Question } from '../../harness/find/question.ts'
import { fateOf, search } from '../../harness/find/search.ts'
import { restoreText, worldIn } from '../gate/worlds.ts'

const world = worldIn(
  restoreText(
    'ipv4',
    '*nat',
    ':OUT - [0:0]',
    '-A OUTPUT -p tcp -j OUT',
    '-A OUT -m owner --uid-owner 1500 -j RETURN',
    '-A OUT -d 203.0.113.0/24 -p tcp --dport 80 -j ACCEPT',
    '-A OUT -d 203.0.112.0/23 -j RETURN',
    '-A OUT -p tcp -j REDIRECT --to-ports 15001',
    'COMMIT',
    '*filter',
    '-A OUTPUT -p udp --dport 53 -j DROP',
    'COMMIT',
    '',
  ),
)

const questions: readonly Question[] = [
  { verdicts: ['direct'] },
  { verdicts: ['redirected', 'dropped'] },
  { reaches: 15001 },
  { decidedBy: { table: 'nat', chain: 'OUT', rule: 1 } },
  { decidedBy: { table: 'nat', chain: 'OUT', rule: 3 } },
  { decidedBy: { table: 'nat', chain: 'OUT' } },
  { decidedBy: { table: 'filter', chain: 'OUTPUT', rule: 1 } },
  { decidedBy: 'none', verdicts: ['direct'] },
]

/** What of some boxes is in no other. */
const without = (boxes: readonly Box[], others: readonly Box[]): Box[] =>
  boxes.flatMap((box) =>
    subtractAll(
      box,
      others.filter(({ frame }) => frameText(frame) === frameText(box.frame)),
    ),
  )

t.test('a question is answered by the flows that all classes together answer it by', async (t) => {
  if (world === undefined) throw new Error('the rules cannot be read')
  const origins = [{ kind: 'pod' as const }]
  const all = search({ origins }, world)
  t.same(all.coverage.left, [])
  for (const question of questions) {
    const asked = { ...question, origins }
    const right = all.classes.filter(({ predictions: [prediction] }) =>
      prediction === undefined ? false : isAnswer(asked, fateOf(prediction)),
    )
    const { answers, coverage } = search(asked, world)
    const [own, found] = [right, answers].map((list) => list.map(({ box }) => box))
    const what = JSON.stringify(question)
    t.same(coverage.left, [], what)
    t.ok(found !== undefined && found.length > 0, what)
    t.same([without(own ?? [], found ?? []), without(found ?? [], own ?? [])], [[], []], what)
  }
})
