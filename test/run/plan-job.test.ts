import t from 'tap'
import type { PodPlan } from '../../harness/flow/pod-plan.ts'
import type { JobPlan } from '../../harness/run/checks/job-plan.ts'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import { makePlan, planJobs } from '../../harness/run/plan/plan.ts'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { podRules } from '../../harness/run/plan/pod-rules.ts'
import { app, as, inner, osm, proxy, remote, scenario } from '../../harness/scenario/dsl.ts'
import type { ScenarioInput } from '../../harness/scenario/input.ts'
import { options, source } from './options.ts'

const profileFamilies = { families: ['ipv4', 'ipv6'] } as const

function planned(input: Omit<ScenarioInput, 'rules'>): JobPlan {
  const [job] = makePlan(options({ scenarios: [scenario('a pod', { rules: osm(), ...input })] })).jobs
  if (job === undefined) throw new TypeError('a scenario makes a job')
  return planJob(job, PodAddresses.of(job.scenario), [])
}

const plan = (input: Omit<ScenarioInput, 'rules'>): PodPlan => planned(input).pod

const listening = ({ apps }: PodPlan): string[] =>
  apps.map(({ protocol, address, port, credentials }) => `${protocol} ${address} ${port} ${credentials.uid}`)
const answering = ({ peers }: PodPlan, name = 'eth0') => {
  const { tcp = [], udp = [] } = peers.find((peer) => peer.interface === name) ?? {}
  return [tcp, udp].map((list) => list.map(({ address, port }) => `${address} ${port}`))
}

t.test(
  'what a pod is told of its addresses is asked of the builder, the primary one first, and symbols are of their families',
  async (t) => {
    const flows = [app.tcp('peer:80').isRedirected('outbound')]
    const asked = async (podIPs?: readonly ('ipv4' | 'ipv6')[]) => {
      const requests: BuildRequest[] = []
      const builder = source({ rules: async (request) => void requests.push(request) })
      const made = scenario('a pod', { rules: osm(), flows, ...(podIPs && { podIPs }) })
      const { jobs } = makePlan(options({ scenarios: [made], source: builder }))
      for (const job of jobs) await podRules(job, PodAddresses.of(job.scenario))
      return requests.map(({ family, podIPs }) => [family, ...podIPs].join(' '))
    }
    t.same(await asked(), ['ipv4 10.244.0.5 fd00:10::5'])
    t.same(await asked(['ipv6', 'ipv4']), ['ipv4 fd00:10::5 10.244.0.5'])
    t.same(await asked(['ipv4']), ['ipv4 10.244.0.5'])
    const planned = (podIPs: readonly ('ipv4' | 'ipv6')[]) =>
      planJobs(options({ scenarios: [scenario('a pod', { rules: osm(), flows, podIPs })] }).what).jobs.length
    t.equal(planned(['ipv4']), 1)
    t.equal(planned(['ipv6']), 0, 'OSM promises nothing of IPv6')
  },
)

t.test('flows have no symbols left, and what they are sent as and from', async (t) => {
  const flows = [
    remote.tcp('pod:8080', { serverFirst: true }).isRedirected('inbound'),
    proxy.udp('peer:53', { sourcePort: 30000 }).isDirect(),
    as({ uid: 7 }).ping('lo').isDirect(),
    app.tcp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDropped(),
  ]
  t.strictSame(planned({ flows }).flows, [
    {
      credentials: { uid: 2000, gid: 2000, groups: [] },
      origin: { kind: 'peer', interface: 'eth0' },
      protocol: 'tcp',
      family: 'ipv4',
      destination: { address: '10.244.0.5', port: 8080 },
      conversation: 'server-first',
      source: { port: 32768 },
    },
    {
      credentials: { uid: 1500, gid: 0, groups: [] },
      origin: { kind: 'pod' },
      protocol: 'udp',
      family: 'ipv4',
      destination: { address: '10.244.0.1', port: 53 },
      source: { port: 30000 },
      alone: true,
    },
    {
      credentials: { uid: 7, gid: 7, groups: [] },
      origin: { kind: 'pod' },
      protocol: 'icmp',
      family: 'ipv4',
      destination: { address: '127.0.0.1', port: 0 },
      source: { port: 32769 },
    },
    {
      credentials: { uid: 1000, gid: 1000, groups: [] },
      origin: { kind: 'pod' },
      protocol: 'tcp',
      family: 'ipv4',
      destination: { address: '203.0.113.10', port: 80 },
      bindToDevice: 'eth0',
      source: { port: 32770 },
    },
  ])
})

t.test('an application listens on every pod port that a flow or a service leads to, and nowhere else', async (t) => {
  const pod = plan({
    services: { '10.96.0.10:80': 'pod:8083' },
    closed: ['pod:8082'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('lo:8081').isDirect(),
      remote.tcp('pod:8082').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound'),
      remote.tcp('pod:15010').isDirect({ answeredBy: 'envoy-metrics' }),
      app.tcp('203.0.113.10:9000').isRedirected('outbound'),
    ],
  })
  t.same(listening(pod), ['tcp :: 8080 1000', 'tcp :: 8081 1000', 'tcp :: 8083 1000'])
})

t.test('an application that is declared is the one on its port', async (t) => {
  const flows = [remote.tcp('pod:8080').isDirect(), remote.udp('pod:8080').isDirect()]
  const declared = (rest: object): string[] =>
    listening(plan({ apps: [{ port: 8080, ...rest }], flows: flows.slice(0, 1) }))
  t.same(declared({ bind: 'lo', identity: 'proxy' }), ['tcp 127.0.0.1 8080 1500', 'tcp ::1 8080 1500'])
  t.same(declared({ bind: 'pod', identity: { uid: 5, gid: 6, groups: [] } }), [
    'tcp 10.244.0.5 8080 5',
    'tcp fd00:10::5 8080 5',
  ])
  t.same(declared({ bind: '127.0.0.3' }), ['tcp 127.0.0.3 8080 1000'])
  const datagrams = listening(plan({ apps: [{ port: 8080 }], flows })).filter((text) => text.startsWith('udp'))
  t.same(datagrams, [
    'udp 127.0.0.1 8080 1000',
    'udp ::1 8080 1000',
    'udp 10.244.0.5 8080 1000',
    'udp fd00:10::5 8080 1000',
  ])
})

t.test('peers answer on every address that a flow or a service leads to outside the pod', async (t) => {
  const pod = plan({
    interfaces: ['net1'],
    services: { '10.96.0.10:80': '203.0.113.20:8080' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.udp('203.0.113.10:53').isDirect(),
      app.tcp('10.96.0.10:80').isRedirected('outbound'),
      app.tcp('lo:81').isDirect(),
    ],
  })
  t.same(answering(pod), [[':: 80', ':: 8080'], ['203.0.113.10 53']])
  t.same(answering(pod, 'net1'), answering(pod), 'every peer does, for which one it reaches is the question')
})

t.test('a closed endpoint of a peer is closed there alone', async (t) => {
  const pod = plan({
    closed: ['203.0.113.10:80', '203.0.113.10:53'],
    flows: [
      app.tcp('203.0.113.10:80').isRefused('peer'),
      app.tcp('203.0.113.11:80').isDirect(),
      app.tcp('203.0.113.10:81').isDirect(),
      app.udp('203.0.113.10:53').isRefused('peer'),
      app.udp('203.0.113.11:53').isDirect(),
    ],
  })
  t.same(answering(pod), [['203.0.113.11 80', ':: 81'], ['203.0.113.11 53']])
})

t.test('whoever is spoken to speaks', async (t) => {
  const pod = plan({
    flows: [
      remote.tcp('pod:8080', { http: true }).isRedirected('inbound'),
      app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound'),
    ],
  })
  t.match(pod.apps, [{ port: 8080, conversation: 'http' }])
  t.match(pod.peers[0]?.tcp, [{ port: 3306, conversation: 'server-first' }])
})

t.test("the proxy is the profile's, with the services of both families", async (t) => {
  const pod = plan({
    ...profileFamilies,
    services: { 'peer:80': 'pod:8080' },
    proxy: 'down',
    flows: [app.tcp('peer:80').isRefused()],
  })
  t.match(pod.proxy, {
    credentials: { uid: 1500, gid: 0 },
    state: 'down',
    families: ['ipv4'],
    dialsOn: { inbound: 'loopback' },
    listeners: [
      { name: 'outbound', port: 15001 },
      { name: 'inbound', port: 15003 },
    ],
  })
  t.same(pod.proxy.services, [
    { at: { address: '10.244.0.1', port: 80 }, to: { address: '10.244.0.5', port: 8080 } },
    { at: { address: 'fd00:10::1', port: 80 }, to: { address: 'fd00:10::5', port: 8080 } },
  ])
})

t.test('interfaces get networks of their own, and the inner bridge only where it is asked for', async (t) => {
  const pod = plan({ interfaces: ['net1', 'net2'], inner: true, flows: [inner.tcp('203.0.113.10:80').isDirect()] })
  t.same(
    pod.links.map(({ name, pod }) => `${name} ${pod.ipv4} ${pod.ipv6}`),
    ['eth0 10.244.0.5/24 fd00:10::5/64', 'net1 10.245.0.5/24 fd00:11::5/64', 'net2 10.246.0.5/24 fd00:12::5/64'],
  )
  t.ok(pod.inner)
  t.notOk(plan({ flows: [app.tcp('203.0.113.10:80').isDirect()] }).inner)
})
