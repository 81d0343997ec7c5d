import t from 'tap'
import { osm, scenario } from '../../harness/scenario/dsl.ts'
import { app } from '../../harness/scenario/dsl.ts'
import type { CapturedPod } from '../../harness/flow/captured-pod.ts'
import { scenarioPod } from '../../harness/run/plan/scenario-pod.ts'
import { source } from './options.ts'

const pod: CapturedPod = {
  interfaces: [
    { name: 'net1', addresses: ['10.9.0.1/24'] },
    { name: 'eth0', addresses: ['10.245.0.9/16', 'fd02::9/64'] },
  ],
  gateways: { ipv4: '10.245.0.1' },
  sysctls: new Map([['net.ipv4.conf.all.route_localnet', '1']]),
  users: new Map(),
  groups: new Map(),
}
const captured = source({
  kind: 'fixed',
  capture: {
    name: 'rules.txt',
    families: ['ipv4'],
    isAssumed: false,
    notes: [],
    passedOver: [],
    unsaid: [],
    firstLine: 1,
    pod,
    locate: (error) => error,
  },
})
const links = ({ links: own }: ReturnType<typeof scenarioPod>) =>
  own.map(({ name, pod: { ipv4 } }) => `${name} ${ipv4}`)

t.test('with rules from a capture, the pod is as the capture shows it', async (t) => {
  const plain = scenario('plain', { rules: osm(), flows: [app.tcp('peer:80').isRedirected('outbound')] })
  const own = scenarioPod(plain, captured)
  t.same(links(own), ['eth0 10.245.0.9/16', 'net1 10.9.0.1/24'])
  t.match(own.shape, { routeLocalnet: true })
  t.same(own.podIPs, ['10.245.0.9', 'fd02::9'])
  t.same(links(scenarioPod(plain, source())), ['eth0 10.244.0.5/24'], 'a builder shows none')
})

t.test('an interface that the scenario alone has stands beside them, in a network of its own', async (t) => {
  const more = scenario('more', {
    rules: osm(),
    interfaces: ['eth1'],
    flows: [app.tcp('peer.eth1:80').isRedirected('outbound')],
  })
  t.same(links(scenarioPod(more, captured)), ['eth0 10.245.0.9/16', 'eth1 10.246.0.5/24', 'net1 10.9.0.1/24'])
})

t.test('a scenario that names addresses of the pod keeps its own', async (t) => {
  const literal = scenario('literal', { rules: osm(), flows: [app.tcp('10.245.0.77:80').isRedirected('outbound')] })
  t.same(links(scenarioPod(literal, captured)), ['eth0 10.244.0.5/24'])
})
