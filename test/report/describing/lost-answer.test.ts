import t from 'tap'
import { answerLost, type Observed } from '../../../harness/flow/verdict.ts'
import { describeOtherEnd } from '../../../harness/report/describing/near-misses.ts'
import { junit } from '../../../harness/report/reporters/junit.ts'
import { pretty } from '../../../harness/report/reporters/pretty/pretty.ts'
import { tap } from '../../../harness/report/reporters/tap.ts'
import { describeObserved } from '../../../harness/report/describing/describe-observed.ts'
import { events, failed, written } from '../example.ts'

const destination = { address: '203.0.113.10', port: 53 }
const journey = [{ at: 'peer' as const, dialled: destination, identity: { uid: 1000, gid: 1000, groups: [] } }]
const unheard: Observed = { verdict: 'direct', answeredBy: 'peer', journey, notes: [answerLost] }

t.test('whoever received a datagram has not answered it where the answer is lost', async (t) => {
  t.equal(describeObserved(unheard), 'direct, received by the peer, its answer is lost')
  t.equal(describeObserved({ ...unheard, notes: [] }), 'direct, answered by the peer')
  t.equal(
    describeObserved({
      verdict: 'redirected',
      listener: 'outbound',
      originalDestination: destination,
      journey: [],
      notes: [answerLost],
    }),
    "redirected to the proxy's outbound listener, its answer is lost, original destination 203.0.113.10:53",
  )
})

t.test('so it is said of where it would end', async (t) => {
  const end = { kind: 'received', at: 'peer', local: destination } as const
  t.equal(describeOtherEnd(end), 'the peer would get it at 203.0.113.10:53')
  t.equal(
    describeOtherEnd({ ...end, isAnswerLost: true }),
    'the peer would get it at 203.0.113.10:53, and its answer would be lost',
  )
})

t.test('a failed check names the rule that loses the answer, and notes that it is lost', async (t) => {
  const observed = [
    {
      connection: 0,
      hook: 'INPUT' as const,
      table: 'mangle',
      chain: 'INPUT',
      rule: 1,
      packet: 'answer' as const,
      decides: true,
      text: '-A INPUT -p udp -m udp --sport 53 -j DROP',
      target: 'DROP',
    },
  ]
  for (const reporter of [pretty, junit, tap]) {
    const text = written(reporter, events({ ...failed, observed: unheard, decidedBy: { observed } }))
    t.match(text, /mangle INPUT rule 1, on the way back: -A INPUT -p udp/)
    t.match(text, answerLost)
    t.notMatch(text, /no rule/)
  }
})
