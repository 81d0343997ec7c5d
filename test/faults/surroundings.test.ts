import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { fileId } from '../../harness/scenario/load.ts'
import { use } from '../helpers/use.ts'
import { lossyPeers } from '../sandbox/altered-sandbox.ts'
import { changedSource } from './faulty-source.ts'
import { inbound, loopAvoidance, loopback, outbound, selfCall } from './promises.ts'
import { becomes, inWords, runSuite } from './suite.ts'

const release = '1.2'
const sandbox = use(t, await NamespaceSandbox.create())
const asItIs = changedSource('osm@1.2 as it is', release, (text) => text)

/** What each flow of one backend became, by its name. */
const fates = (results: Awaited<ReturnType<typeof runSuite>>) =>
  Object.fromEntries(
    results
      .filter(({ check }) => check.backend === 'nft')
      .map((result) => [result.check.id.split('/')[3], becomes(result)]),
  )

t.test('without any rules every promise of a capture is broken, in every file', async (t) => {
  const source = changedSource('a builder that prints nothing', release, () => '')
  const results = await runSuite(sandbox, { release, source, backends: ['legacy'] })
  const needsRules = results.filter(
    ({ check }) => 'verdict' in check.expected && ['redirected', 'translated'].includes(check.expected.verdict),
  )
  t.same(needsRules.filter(({ status }) => status !== 'failed').map(inWords), [])
  t.same(results.filter(({ status }) => status === 'error').map(inWords), [])
  const scenariosOf = (part: typeof results) => new Set(part.map(({ check }) => check.scenario))
  const red = scenariosOf(results.filter(({ status }) => status === 'failed'))
  const green = [...scenariosOf(results)].filter((scenario) => !red.has(scenario))
  t.same(
    green.map((scenario) => `${fileId(scenario)}: ${scenario.title}`).sort(),
    [
      'proxy-down: proxy down: its metrics, probe and admin ports are closed',
      'reserved-ports: the listeners dialled on loopback answer themselves',
      'udp-and-icmp: ICMP within the pod is untouched',
      'udp-and-icmp: UDP to a port that nobody serves is refused as without a mesh',
      'udp-and-icmp: UDP within the pod is untouched',
      'udp-and-icmp: what a container behind a bridge of the pod sends by UDP and ICMP is forwarded untouched',
    ],
    'only what speaks of nothing that rules do stays green',
  )
})

for (const uid of [1499, 1501]) {
  t.test(`a proxy that runs as UID ${uid} is captured itself`, async (t) => {
    const profile = findMesh('osm').profile(release)
    const proxy = { ...profile.proxy, uid }
    const source = changedSource(`osm@1.2 with a proxy of UID ${uid}`, release, (text) => text, { ...profile, proxy })
    const results = fates(await runSuite(sandbox, { release, source, promised: [outbound, selfCall, loopAvoidance] }))
    t.match(results, {
      'app-tcp-203.0.113.10:80': 'looped: outbound → looped',
      'proxy-tcp-203.0.113.10:80': 'looped: outbound → looped',
      'app-tcp-10.96.0.10:80': 'redirected: outbound → app',
      'app-tcp-peer.net1:80': 'looped: outbound → looped',
    })
  })
}

t.test('peers that lose every TCP packet: whatever passes them is dropped, nothing else', async (t) => {
  const results = await runSuite(lossyPeers(sandbox, 1), {
    release,
    source: asItIs,
    promised: [outbound, inbound, loopback],
  })
  t.same(results.filter(({ status }) => status === 'error').map(inWords), [])
  t.match(fates(results), {
    'proxy-tcp-203.0.113.10:80': 'dropped: dropped',
    'app-tcp-203.0.113.10:80': 'redirected: outbound → dropped',
    'remote-tcp-pod:8080': 'dropped: dropped',
    'app-udp-203.0.113.10:80': 'direct: peer',
    'remote-udp-pod:8080': 'direct: app',
    'remote-icmp-pod': 'direct: app',
    'app-tcp-lo:8080': 'direct: app',
  })
  const passesPeer = ({ check: { flow } }: (typeof results)[number]) =>
    flow?.protocol === 'tcp' && flow.destination.kind !== 'lo'
  const failed = results.filter(({ status }) => status === 'failed')
  t.same(failed.map(inWords), results.filter(passesPeer).map(inWords))
})

t.test('peers that lose one TCP packet in ten turn the suite red, and say that it was dropped', async (t) => {
  const results = await runSuite(lossyPeers(sandbox, 10), {
    release,
    source: asItIs,
    promised: [outbound, inbound, loopback],
  })
  const dropped = results.filter(
    ({ status, observed }) => status === 'failed' && observed?.journey.at(-1)?.at === 'dropped',
  )
  t.same(new Set(dropped.map(({ check }) => check.backend)), new Set(backends))
})

t.test('after them, the same sandbox is as it was', async (t) => {
  const results = await runSuite(sandbox, { release, source: asItIs, promised: [outbound, inbound, loopback] })
  t.same(results.filter(({ status }) => status !== 'passed').map(inWords), [])
})
