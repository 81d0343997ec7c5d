import t from 'tap'
import type { releases } from '../../../harness/mesh/istio/releases.ts'
import { added, annotated, build, rulesOf } from './request.ts'

const out = (match: string, target = 'RETURN') => `-A ISTIO_OUTPUT ${match} -j ${target}`
const inbound = (ports: string[]) => ports.map((port) => `-A ISTIO_INBOUND -p tcp --dport ${port} -j RETURN`)
const exempt = (payload: string) =>
  rulesOf(payload, 'nat').filter((rule) => rule.startsWith('-A ISTIO_INBOUND') && rule.endsWith('RETURN'))
const nat = (...asked: Parameters<typeof build>) => rulesOf(build(...asked), 'nat')

t.test('exempt inbound ports: the status port comes last, unless it is 0 or listed', async (t) => {
  const of = (config: Record<string, unknown>, podAnnotations = {}) =>
    exempt(build('1.31', { config, podAnnotations })).slice(1)
  t.same(of({ excludeInboundPorts: '4,5,6' }), inbound(['15090', '15021', '4', '5', '6', '15020']))
  t.same(of({ excludeInboundPorts: '4,15020,6' }), inbound(['15090', '15021', '4', '15020', '6']))
  t.same(of({ statusPort: 0 }), inbound(['15090', '15021']))
  t.same(of({ statusPort: 80 }, { 'status.sidecar.istio.io/port': '0' }), inbound(['15090', '15021']))
  t.same(
    of({ excludeInboundPorts: ' 4 ,,5' }),
    inbound(['15090', '15021', '4', '5', '15020']),
    'spaces go where it is added',
  )
  t.same(
    of({ excludeInboundPorts: '4, 5', statusPort: 4 }),
    inbound(['15090', '15021', '4', ' 5']),
    'and stay where it is not',
  )
  t.same(exempt(build('1.5')), inbound(['22', '15090', '15020']))
})

t.test("exempt inbound ports by CNI: the user's, status, 15020, 15021, 15090, each once", async (t) => {
  const config = { cni: true, excludeInboundPorts: '4,15090,15021', statusPort: 80 }
  for (const release of ['1.17', '1.31'] as const)
    t.same(exempt(build(release, { config })).slice(1), inbound(['4', '15090', '15021', '80', '15020']), release)
})

t.test('15020 outbound is left alone by CNI where no port is excluded', async (t) => {
  t.ok(nat('1.31', { config: { cni: true } }).includes(out('-p udp --dport 15020')))
  t.notOk(
    nat('1.31', { config: { cni: true, excludeOutboundPorts: '80' } }).some(
      (rule) => rule.includes('15020') && rule.includes('OUTPUT'),
    ),
  )
  t.notOk(
    nat('1.31', { config: { cni: true }, podAnnotations: annotated('excludeOutboundPorts', '') }).some((rule) =>
      /OUTPUT.*15020/.test(rule),
    ),
  )
  t.notOk(nat('1.31').some((rule) => /OUTPUT.*15020/.test(rule)))
})

t.test("an annotation replaces the mesh's value, even an empty one", async (t) => {
  const config = { excludeOutboundPorts: '80', includeIPRanges: '10.0.0.0/8', includeInboundPorts: '8080' }
  const empty = {
    ...annotated('excludeOutboundPorts', ''),
    ...annotated('includeOutboundIPRanges', ''),
    ...annotated('includeInboundPorts', ''),
  }
  const rules = nat('1.31', { config, podAnnotations: empty })
  t.notOk(rules.some((rule) => /--dport 80|10\.0\.0\.0|-A PREROUTING|-A ISTIO_OUTPUT.*ISTIO_REDIRECT/.test(rule)))
})

t.test("by CNI an empty value of Helm's is as good as none", async (t) => {
  const redirects = (release: '1.17' | '1.31', config: object) => nat(release, { config: { cni: true, ...config } })
  t.ok(redirects('1.31', { includeIPRanges: '' }).includes('-A ISTIO_OUTPUT -j ISTIO_REDIRECT'))
  t.ok(redirects('1.17', { includeInboundPorts: '' }).includes('-A PREROUTING -p tcp -j ISTIO_INBOUND'))
  t.notOk(redirects('1.31', { includeInboundPorts: '' }).includes('-A PREROUTING -p tcp -j ISTIO_INBOUND'))
})

t.test('proxyMetadata merges key by key', async (t) => {
  const config = { proxyMetadata: { INVALID_DROP: 'true', ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '7' } }
  const podAnnotations = { 'proxy.istio.io/config': 'proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: "8,9" }' }
  const payload = build('1.31', { config, podAnnotations })
  t.match(payload, 'ISTIO_DROP')
  t.same(
    rulesOf(payload, 'nat').filter((rule) => / -m owner --gid-owner [789] /.test(rule)),
    [out('-m owner --gid-owner 8'), out('-m owner --gid-owner 9')],
  )
})

t.test('owner groups: an empty list is all in 1.17 and none in 1.31', async (t) => {
  const of = (release: '1.17' | '1.31', groups: string) =>
    added(release, { config: { proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: groups } } })
  t.same(of('1.31', '101,java'), [out('-m owner ! --gid-owner 101 -m owner ! --gid-owner java')])
  t.same(of('1.31', ''), ['-A ISTIO_OUTPUT -j RETURN'])
  t.same(of('1.17', ''), [])
})

t.test(
  'interception mode: the annotation, then proxy.istio.io/config, which cannot undo TPROXY, then the mesh',
  async (t) => {
    const isTransparent = (config: object, podAnnotations: Record<string, string>) =>
      build('1.31', { config: { ...config }, podAnnotations }).includes('* mangle')
    const proxyConfig = (mode: string) => ({ 'proxy.istio.io/config': `interceptionMode: ${mode}` })
    t.ok(isTransparent({}, proxyConfig('TPROXY')))
    t.ok(isTransparent({ interceptionMode: 'TPROXY' }, proxyConfig('REDIRECT')))
    t.notOk(isTransparent({ interceptionMode: 'TPROXY' }, { 'sidecar.istio.io/interceptionMode': 'REDIRECT' }))
    t.equal(build('1.31', { podAnnotations: { 'sidecar.istio.io/interceptionMode': 'NONE' } }), '')
    t.equal(build('1.17', { config: { cni: true, interceptionMode: 'NONE' } }), '')
  },
)

t.test("the proxy's IDs: GIDs are the UIDs unless given, by CNI 1337", async (t) => {
  const ids = (asked: Parameters<typeof build>[1]) => [
    ...new Set(nat('1.31', asked).flatMap((rule) => /--[ug]id-owner \d+/.exec(rule) ?? [])),
  ]
  t.same(ids({ config: { proxyUID: '7,8' } }), ['--uid-owner 7', '--uid-owner 8', '--gid-owner 7', '--gid-owner 8'])
  t.same(ids({ config: { proxyUID: '7', proxyGID: '9' } }), ['--uid-owner 7', '--gid-owner 9'])
  t.same(ids({ config: { cni: true, proxyUID: '7' } }), ['--uid-owner 7', '--gid-owner 1337'])
  t.same(ids({ config: { cni: true, proxyUID: '0' } }), ['--uid-owner 1337', '--gid-owner 1337'])
})

t.test(
  '1.5 sends inbound connections to the outbound listener where only some ports are captured, and reads no Helm value',
  async (t) => {
    const listed = { podAnnotations: annotated('includeInboundPorts', '80') }
    t.ok(nat('1.5', listed).includes('-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15001'))
    t.ok(nat('1.17', listed).includes('-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006'))
    t.equal(build('1.5', { config: { includeInboundPorts: '80' } }), build('1.5'))
  },
)

t.test('ranges: 1.5 clears host bits, later releases keep them; each family has its own', async (t) => {
  const config = { excludeIPRanges: '10.1.2.3/24,2001:DB8:0:0::1/64' }
  const of = (release: (typeof releases)[number], family: 'ipv4' | 'ipv6') =>
    added(release, { config, podIPs: ['fd00::5'], family })
  t.same(of('1.5', 'ipv4'), [out('-d 10.1.2.0/24')])
  t.same(of('1.31', 'ipv4'), [out('-d 10.1.2.3/24')])
  t.same(of('1.5', 'ipv6'), [out('-d 2001:db8::/64')])
  t.same(of('1.17', 'ipv6'), [out('-d 2001:db8::1/64')])
})

t.test('a loopback address in an include range asks for calls within the pod, from 1.17 on', async (t) => {
  const config = { includeIPRanges: '127.0.0.0/8' }
  const returns = (release: (typeof releases)[number]) =>
    nat(release, { config }).filter((rule) => rule.includes('-o lo -m owner ! '))
  t.same([returns('1.5').length, returns('1.17').length, returns('1.31').length], [2, 0, 0])
})

t.test('rerouted interfaces: the newer annotation, and the captured ranges in front', async (t) => {
  const both = { ...annotated('kubevirtInterfaces', 'vm0'), 'istio.io/reroute-virtual-interfaces': 'vm1' }
  t.same(added('1.31', { podAnnotations: both }), [
    '-I PREROUTING 1 -i vm1 -j RETURN',
    '-I PREROUTING 1 -i vm1 -j ISTIO_REDIRECT',
  ])
  t.same(
    added('1.5', { podAnnotations: annotated('kubevirtInterfaces', 'vm0'), podIPs: ['fd00::5'], family: 'ipv6' }),
    ['-I PREROUTING 1 -i vm0 -j RETURN'],
  )
})

t.test('which families get rules', async (t) => {
  const isMade = (release: (typeof releases)[number], podIPs: string[], proxyMetadata?: Record<string, string>) =>
    build(release, { podIPs, family: 'ipv6', config: proxyMetadata === undefined ? {} : { proxyMetadata } }) !== ''
  const [v4, v6] = ['10.244.0.5', 'fd00::5'] as const
  t.ok(isMade('1.31', [v6]), 'a pod without IPv4')
  t.notOk(isMade('1.31', [v6, v4]), 'a pod with both, whichever comes first')
  t.ok(isMade('1.31', [v4, v6], { ISTIO_DUAL_STACK: 'true' }))
  t.notOk(isMade('1.31', [v4], { ISTIO_DUAL_STACK: 'true' }))
  t.notOk(isMade('1.31', [v4, v6], { ISTIO_DUAL_STACK: 'yes' }), 'which is no boolean to Go')
  t.ok(isMade('1.17', [v4, v6], { ISTIO_AGENT_DUAL_STACK: '1' }))
  t.notOk(isMade('1.17', [v4, v6], { ISTIO_DUAL_STACK: 'true' }))
  t.not(build('1.31', { podIPs: [v6] }), '', 'IPv4 always has rules')
  t.ok(isMade('1.31', []), 'somebody who knows no address asks for them')
})
