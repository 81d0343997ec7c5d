import t from 'tap'
import { findBuilder } from '../../harness/mesh/index.ts'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { use } from '../helpers/use.ts'
import { promised } from './fault.ts'
import { becomes, inWords, runSuite } from './suite.ts'

const sandbox = use(t, await NamespaceSandbox.create())

type Answer = (built: string, request: BuildRequest) => string

/** A stranger's builder, which answers as the mesh's own does, and this where rules stand in the pod already. */
function builder(mesh: string, release: string, again: Answer, first: Answer = (built) => built): RuleSource {
  const id = `exec:./${mesh}`
  const text: RuleSource['text'] = async (request) => {
    const { current, ...asked } = request
    const built = findBuilder(mesh).build(release, asked)
    return built === '' ? '' : (current === undefined ? first : again)(built, asked)
  }
  return {
    id,
    kind: 'builder',
    text,
    rules: async (request) => readSourceText(await text(request), request, id, 'rules'),
  }
}

/** Declared with a colon chains are emptied where they are there, and made where not. */
const declared = (built: string): string => built.replace(/^-N (\S+)$/gm, ':$1 - [0:0]')
const inTable = (table: string, ...lines: string[]): string => [`*${table}`, ...lines, 'COMMIT', ''].join('\n')

const osm = ['osm', '1.2', 'from 1.0: rules applied twice behave like rules applied once'] as const
const osmLists = ['osm', '1.2', 'from 1.1: every list and PodIP mode survive a second application'] as const
const istio = ['istio', '1.31', 'from 1.31: rules applied twice behave like rules applied once'] as const
const istioLists = [
  'istio',
  '1.31',
  'from 1.31: IPv6, DNS, included ranges, interfaces and groups survive a second application',
] as const
const tproxy = [
  'istio',
  '1.31',
  'from 1.31, TPROXY: inbound, loops and the way back survive a second application',
] as const

const ask = (mesh: string, release: string, title: string, source: RuleSource) =>
  runSuite(sandbox, { mesh, release, source, backends: ['nft'], promised: [promised('applied-twice', title, mesh)] })

const harmless: readonly (readonly [why: string, again: Answer, first?: Answer])[] = [
  ['nothing, since it has looked', () => ''],
  ['the same, which empties the chains first', declared, declared],
  ['the rules of its chains once more', (built) => declared(built).replace(/^:.*\n/gm, ''), declared],
]
for (const [mesh, release, title] of [osm, osmLists, istio, istioLists, tproxy]) {
  for (const [why, again, first] of harmless) {
    t.test(`${title}: a builder that answers a second time with ${why} is right`, async (t) => {
      const results = await ask(mesh, release, title, builder(mesh, release, again, first))
      t.same(results.filter(({ status }) => status !== 'passed').map(inWords), [])
    })
  }
}

const withoutExemptions = (built: string): string =>
  declared(built)
    .split('\n')
    .filter((line) => !/--dports?.* (?:RETURN|CT)|-[io] net1|-d (?!127|::1)\S+ -j RETURN/.test(line))
    .join('\n')

const faults: readonly (readonly [readonly [string, string, string], fault: string, again: Answer, string, string])[] =
  [
    [osm, 'drops all', () => inTable('filter', '-A OUTPUT -j DROP'), 'app-udp-203.0.113.10:80', 'dropped: dropped'],
    [
      osm,
      'captures the proxy',
      () => inTable('nat', '-I OSM_PROXY_OUTBOUND -o eth0 -j OSM_PROXY_OUT_REDIRECT'),
      'proxy-tcp-203.0.113.10:80',
      'looped: outbound → looped',
    ],
    [osm, 'empties its chains', (built) => built.replace(/^-.*\n/gm, ''), 'remote-tcp-pod:8080', 'direct: app'],
    [osmLists, 'loses every exemption', withoutExemptions, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    [osmLists, 'loses every exemption', withoutExemptions, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
    [istio, 'drops all', () => inTable('filter', '-A OUTPUT -j DROP'), 'app-udp-203.0.113.10:80', 'dropped: dropped'],
    [istio, 'loses every exemption', withoutExemptions, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    [
      istio,
      'empties its chains',
      (built) => declared(built).replace(/^-.*\n/gm, ''),
      'remote-tcp-pod:8080',
      'direct: app',
    ],
    [
      istio,
      "jumps first to what captures, so that its own calls go past the proxy's",
      () => inTable('nat', '-I OUTPUT -p tcp -j ISTIO_REDIRECT'),
      'proxy-tcp-203.0.113.10:80',
      'looped: outbound → looped',
    ],
    [
      istioLists,
      'empties its chains for IPv6',
      (built, { family }) => (family === 'ipv6' ? declared(built).replace(/^-.*\n/gm, '') : declared(built)),
      'app-tcp-[2001:db8:1::10]:80',
      'direct: peer',
    ],
    [
      tproxy,
      'diverts nothing any more',
      (built) => declared(built).replace(/^.*-j ISTIO_DIVERT\n/gm, ''),
      'proxy-tcp-203.0.113.10:80',
      'dropped: dropped',
    ],
  ]
for (const [[mesh, release, title], fault, again, flow, becoming] of faults) {
  t.test(`${title}: a builder that the second time ${fault} is caught by ${flow}`, async (t) => {
    const results = await ask(mesh, release, title, builder(mesh, release, again, declared))
    const found = results.filter(({ check }) => check.id.split('/')[3] === flow)
    t.ok(found.length > 0)
    for (const result of found) t.same([result.status, becomes(result)], ['failed', becoming])
  })
}

const looksAtNothing = (mesh: string, release: string) => builder(mesh, release, (built) => built)
const atOnce = (built: string): string => built.replace(/^:(\S+) - .*$/gm, '-N $1')

t.test('a text that is refused a second time is no fault where what loads it looks first', async (t) => {
  for (const [mesh, release, title] of [istio, istioLists, tproxy]) {
    const results = await ask(mesh, release, title, looksAtNothing(mesh, release))
    const [loading, ...flows] = results.sort(
      (a, b) => Number(b.check.flow === undefined) - Number(a.check.flow === undefined),
    )
    t.equal(loading?.status, 'skipped')
    t.match(
      loading?.reason,
      /^the rules, applied twice, are rejected at line 2 \(-N ISTIO_\w+\): .*\. They are the same again, and istio@1\.31 looks first and loads none then: whether what loads these does is not known$/,
    )
    t.same(flows.filter(({ status }) => status !== 'passed').map(inWords), [])
  }
})

t.test('where an init container loads it as it is that is a fault, and one alone', async (t) => {
  for (const [mesh, release, title] of [osm, osmLists]) {
    const results = await ask(mesh, release, title, builder(mesh, release, atOnce, atOnce))
    const bad = results.filter(({ status }) => status !== 'passed')
    t.same(
      bad.map(({ check, status }) => [check.flow, status]),
      [[undefined, 'failed']],
    )
    t.match(
      bad[0]?.reason,
      /applied twice, are rejected at line 3 \(-N OSM_PROXY_INBOUND\): .* an init container that is started again fails$/,
    )
  }
})

t.test('a builder that has looked, and whose answer is refused, is at fault in any mesh', async (t) => {
  const [mesh, release, title] = istio
  const results = await ask(
    mesh,
    release,
    title,
    builder(mesh, release, () => inTable('nat', '-A NOWHERE -j RETURN')),
  )
  t.match(
    results.filter(({ status }) => status !== 'passed').map(({ check, status }) => [check.flow, status]),
    [[undefined, 'failed']],
  )
})

t.test('what a refused second application has changed before it is seen', async (t) => {
  const [mesh, release, title] = istio
  const again = () => `${inTable('filter', '-A OUTPUT -p udp -j DROP')}${inTable('nat', '-A NOWHERE -j RETURN')}`
  const results = await ask(mesh, release, title, builder(mesh, release, again))
  const flow = results.find(({ check }) => check.id.includes('/app-udp-203.0.113.10:80/'))
  t.match([flow?.status, flow && becomes(flow)], ['failed', 'dropped: dropped'])
})

t.test('of releases that refuse a second application a stranger may refuse it elsewhere, or take it', async (t) => {
  const refused = "up to 0.11: a second application fails at its first command, the first one's rules still act"
  const elsewhere = await ask(
    'osm',
    '0.11',
    refused,
    builder('osm', '0.11', () => inTable('nat', ':OWN - [0:0]', '-A NOWHERE -j RETURN')),
  )
  t.same(elsewhere.filter(({ status }) => status !== 'passed').map(inWords), [])
  const taken = await ask(
    'osm',
    '0.11',
    refused,
    builder('osm', '0.11', () => ''),
  )
  t.match(
    taken.filter(({ status }) => status !== 'passed'),
    [{ status: 'skipped', reason: /should be rejected at line 1, as those of osm@0\.11 are, but were accepted/ }],
  )
})
