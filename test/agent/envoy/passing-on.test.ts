import t from 'tap'
import { waysOn } from '../../../harness/agent/envoy/passing-on.ts'
import type { DialsOn, Relay } from '../../../harness/flow/listener.ts'

const relay: Relay = {
  name: 'outbound',
  port: 15001,
  protocol: 'tcp',
  on: 'any',
  captures: 'outbound',
  speaks: 'relay',
}
const plan = (dialsOn: DialsOn) => ({
  families: ['ipv4' as const],
  listeners: [relay],
  services: [],
  dialsOn,
  podAddresses: ['10.244.0.5', 'fd00::5'],
})
const route = { name: 'outbound' } as Parameters<typeof waysOn>[1]

t.test('one listener for both directions asks first whether a connection is for the pod', async (t) => {
  const dialsOn = { inbound: 'loopback', outbound: 'service' } as const
  t.same(
    waysOn(relay, route, plan({ ...dialsOn, own: 'loopback' })).map(({ chain, onLoopback }) => [chain, onLoopback]),
    [
      ['outbound, ipv4, own', true],
      ['outbound, ipv4', false],
    ],
  )
  t.same(
    waysOn(relay, route, plan(dialsOn)).map(({ chain }) => chain),
    ['outbound, ipv4'],
  )
})
