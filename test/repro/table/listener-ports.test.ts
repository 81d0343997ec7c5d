import t from 'tap'
import { becomingWords } from '../../../harness/repro/table/fate-words.ts'
import type { Observed } from '../../../harness/flow/verdict.ts'

t.test('of several listeners of one name the port is told that got it', async (t) => {
  const [address, to] = ['10.244.0.5', { address: '203.0.113.10', port: 80 }]
  const identity = { uid: 1000, gid: 1000, groups: [] }
  const at = (port: number): Observed => ({
    verdict: 'redirected',
    listener: 'inbound',
    originalDestination: to,
    journey: [
      { at: 'inbound', local: { address, port }, originalDestination: to, dialled: to, identity },
      { at: 'app', dialled: to, identity },
    ],
  })
  const ports = new Map([['inbound', { port: 15010, needsDestination: true }]])
  t.equal(becomingWords({ behaviour: at(15006) }, ports), "proxy's inbound (15006)")
  t.equal(becomingWords({ behaviour: at(15010) }, ports), "proxy's inbound (15010)")
})
