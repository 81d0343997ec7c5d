import t from 'tap'
import { answerLost, type Observed } from '../../../harness/flow/verdict.ts'
import { fateOf } from '../../../harness/run/witnesses/fate.ts'

const at = { address: '203.0.113.1', port: 80 }
const elsewhere = { address: '203.0.113.1', port: 81 }
const identity = { uid: 1000, gid: 1000, groups: [] }
const hop = { at: 'outbound', local: { address: '127.0.0.1', port: 15001 }, from: '10.244.0.5', dialled: at, identity }
const redirected: Observed = { verdict: 'redirected', listener: 'outbound', originalDestination: at, journey: [hop] }

t.test('whatever model and kernel both speak of tells two fates apart', async (t) => {
  t.equal(
    fateOf({ ...redirected, heard: 'app', notes: ['what nobody predicts'] }),
    fateOf(redirected),
    'and nothing else',
  )
  const others: Observed[] = [
    { ...redirected, verdict: 'captured' },
    { ...redirected, listener: 'inbound' },
    { ...redirected, originalDestination: elsewhere },
    { ...redirected, answeredBy: 'peer' },
    { ...redirected, refusedBy: 'pod' },
    { ...redirected, translatedTo: elsewhere },
    { ...redirected, notes: [answerLost] },
    { ...redirected, journey: [] },
    { ...redirected, journey: [{ ...hop, at: 'inbound' }] },
    { ...redirected, journey: [{ ...hop, local: elsewhere }] },
    { ...redirected, journey: [{ ...hop, dialled: elsewhere }] },
    { ...redirected, journey: [{ ...hop, identity: { ...identity, gid: 0 } }] },
    { ...redirected, journey: [{ ...hop, from: '127.0.0.1' }] },
  ]
  t.equal(new Set([redirected, ...others].map(fateOf)).size, others.length + 1)
})

t.test('how often a loop goes round is no part of its fate, and which way leads into it is', async (t) => {
  const back = { ...hop, identity: { uid: 1337, gid: 1337, groups: [] } }
  const end = { at: 'looped' as const, dialled: at, identity: back.identity }
  const looped = (...journey: Observed['journey']): Observed => ({ verdict: 'looped', listener: 'outbound', journey })
  t.equal(fateOf(looped(hop, end)), fateOf(looped(hop, back, back, back, end)))
  t.not(fateOf(looped(hop, end)), fateOf(looped({ ...hop, at: 'inbound' }, end)))
  t.not(fateOf(looped(hop, end)), fateOf(looped(hop, { ...hop, at: 'inbound' }, end)))
})
