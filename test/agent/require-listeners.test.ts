import t from 'tap'
import { requireListeners } from '../../harness/agent/drive/require-listeners.ts'
import type { DrivenFlow } from '../../harness/agent/protocol.ts'
import { app } from '../../harness/scenario/dsl.ts'
import type { ExpectedFlow } from '../../harness/scenario/scenario.ts'
import { plan } from '../sandbox/literal-pod.ts'

const own = ['10.244.0.5', 'fd00:10::5', '127.0.0.1', '::1']
const isPodAddress = (address: string): boolean => own.includes(address)

/** What is wrong with sending these to a pod that was planned for others. */
function refusal(
  sent: readonly ExpectedFlow[],
  told: readonly ExpectedFlow[],
  closed: string[] = [],
): string | undefined {
  const flowsOf = (flows: readonly ExpectedFlow[]): readonly DrivenFlow[] => plan('nft', { flows }).plan.flows
  try {
    requireListeners(flowsOf(sent), plan('nft', { flows: told, closed }).plan.pod, isPodAddress)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const peerTcp = app.tcp('203.0.113.10:80').isDirect()
const peerUdp = app.udp('203.0.113.10:53').isDirect()
const podTcp = app.tcp('pod:8080').isDirect()

t.test('flows to whoever listens, and to whom a plan says nothing of', async (t) => {
  t.equal(refusal([peerTcp, peerUdp, podTcp], [peerTcp, peerUdp, podTcp]), undefined)
  t.equal(
    refusal([app.tcp('203.0.113.11:80').isDirect(), app.tcp('lo:8080').isDirect()], [peerTcp, podTcp]),
    undefined,
    'TCP has all addresses',
  )
  const none = 'a flow is sent to where nobody is told to listen: '
  t.equal(refusal([peerTcp, app.tcp('203.0.113.10:81').isDirect()], [peerTcp]), `${none}tcp 203.0.113.10:81`)
  t.equal(
    refusal([app.udp('203.0.113.11:53').isDirect()], [peerUdp]),
    `${none}udp 203.0.113.11:53`,
    'UDP has its own alone',
  )
  t.equal(refusal([app.udp('203.0.113.10:80').isDirect()], [peerTcp]), `${none}udp 203.0.113.10:80`)
  t.equal(refusal([app.udp('pod:8080').isDirect(), podTcp], [podTcp, peerTcp]), `${none}udp 10.244.0.5:8080`)
  t.equal(
    refusal([app.tcp('pod:80').isDirect()], [peerTcp]),
    `${none}tcp 10.244.0.5:80`,
    'a peer listens nowhere in the pod',
  )
})

t.test('closed ports, those of the proxy, and echo requests need nobody', async (t) => {
  const others = [app.udp('pod:15001').isRefused(), app.tcp('lo:15000').isDirect(), app.ping('203.0.113.10').isDirect()]
  t.equal(refusal(others, [peerTcp]), undefined)
  const refused = [
    app.tcp('203.0.113.10:81').isRefused(),
    app.udp('203.0.113.10:81').isRefused(),
    app.tcp('pod:82').isRefused(),
  ]
  t.equal(refusal(refused, [peerTcp], ['203.0.113.10:81', 'pod:82']), undefined)
  t.match(refusal([app.tcp('203.0.113.11:81').isRefused()], [peerTcp], ['203.0.113.10:81']), /tcp 203\.0\.113\.11:81$/)
})

t.test('of many destinations a few are named, each once', async (t) => {
  const flows = Array.from({ length: 9 }, (_, index) =>
    app.tcp(`203.0.113.10:${90 + (index % 7)}`, { sourcePort: 40000 + index }).isDirect(),
  )
  t.match(refusal(flows, [peerTcp]), /: tcp 203\.0\.113\.10:90, .*:94, 2 more$/)
})
