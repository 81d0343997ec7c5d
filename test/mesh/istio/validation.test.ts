import t from 'tap'
import { annotated, build } from './request.ts'

type Refused = [value: unknown, reason: RegExp]

function refused(
  option: string,
  asked: (value: unknown) => Parameters<typeof build>[1],
  table: Refused[],
  release: '1.17' | '1.31' = '1.31',
) {
  t.test(`${option} in ${release}`, async (t) => {
    for (const [value, reason] of table) {
      const shown = JSON.stringify(value)
      t.throws(() => build(release, asked(value)), { fault: 'input', message: reason }, `${shown}: gives the reason`)
      const names = (error: unknown) => (error as Error).message.startsWith(`${option}: `)
      t.ok(
        throws(() => build(release, asked(value)), names),
        `${shown}: names the option`,
      )
    }
  })
}

function throws(run: () => unknown, is: (error: unknown) => boolean): boolean {
  try {
    run()
  } catch (error) {
    return is(error)
  }
  return false
}

const traffic = (key: string, table: Refused[], release?: '1.17' | '1.31') =>
  refused(
    `traffic.sidecar.istio.io/${key}`,
    (value) => ({ podAnnotations: annotated(key, value as string) }),
    table,
    release,
  )
const field = (name: string, table: Refused[]) => refused(name, (value) => ({ config: { [name]: value } }), table)

const wrongRanges: Refused[] = [
  ['10.0.0.0/8, 192.168.0.0/16', /" 192\.168\.0\.0\/16" has a space/],
  ['10.0.0.1', /"10\.0\.0\.1" is an address and not a range; write 10\.0\.0\.1\/32/],
  ['fd00::1', /write fd00::1\/128/],
  ['10.0.0.0/8,', /has an empty element/],
  ['10.0.0.0/33', /is not a range; write one as/],
  ['10.0.0.0/08', /is not a range/],
  ['010.0.0.0/8', /is not a range/],
  ['*,10.0.0.0/8', /has a '\*'/],
  [8, /8 is not text/],
]
traffic('includeOutboundIPRanges', wrongRanges)
traffic('excludeOutboundIPRanges', [...wrongRanges, ['*', /has a '\*'/]])

const wrongPorts: Refused[] = [
  ['80-90', /"80-90" is not a port; .*no ranges/],
  ['80:90', /is not a port/],
  ['http', /is not a port/],
  ['65536', /is not a port/],
  ['-1', /is not a port/],
  ['80,,81', /has an empty element/],
  ['80,', /has an empty element/],
  ['80,*', /'\*', which stands for all ports in includeInboundPorts alone/],
]
traffic('includeInboundPorts', wrongPorts)
traffic('excludeInboundPorts', [...wrongPorts, ['*', /'\*'/]])
traffic('excludeOutboundPorts', wrongPorts)

const wrongInterfaces: Refused[] = [
  ['net1,', /has an empty element/],
  ['a234567890123456', /has 16 characters/],
  ['0eth', /not an interface name to Istio/],
  ['net+', /not an interface name/],
]
traffic('excludeInterfaces', wrongInterfaces)
traffic('kubevirtInterfaces', wrongInterfaces)
traffic('exclude-interfaces', [['x', /Istio has no such annotation/]])

refused(
  'sidecar.istio.io/interceptionMode',
  (value) => ({ podAnnotations: { 'sidecar.istio.io/interceptionMode': value as string } }),
  [['redirect', /"redirect" is no interception mode; it is REDIRECT, TPROXY, NONE/]],
)
refused(
  'status.sidecar.istio.io/port',
  (value) => ({ podAnnotations: { 'status.sidecar.istio.io/port': value as string } }),
  [
    ['', /is not a port/],
    ['80,81', /is not a port/],
  ],
)

field('includeIPRanges', [
  [['10.0.0.0/8'], /is not text/],
  ['10.0.0.0/8"', /template cannot hold/],
  ['10.0.0.0/8\nCOMMIT', /template cannot hold/],
  [' 10.0.0.0/8', /istio-iptables ends with an error: " 10\.0\.0\.0\/8" is not a range/],
])
field('excludeIPRanges', [['*', /istio-iptables ends with an error: an exclude list cannot be '\*'/]])
field('statusPort', [
  ['15020', /"15020" is not a port/],
  [-1, /not a port/],
  [65536, /not a port/],
])
field('interceptionMode', [['tproxy', /"tproxy" is none of REDIRECT, TPROXY, NONE/]])
field('cni', [['true', /neither true nor false/]])
field('proxyUID', [
  [1337, /1337 is not text/],
  ['istio-proxy', /"istio-proxy" is not an ID/],
  ['4294967295', /is not an ID/],
  ['1,', /"" is not an ID/],
])
field('dnsServers', [
  ['10.0.0.1', /is not a list/],
  [['fe80::1%eth0'], /is not an IP address/],
])
field('proxyMetadata', [[['x'], /is not a map/]])

t.test('an unknown field is refused, and the nearest known one named', async (t) => {
  const refuse = (config: Record<string, unknown>) => () => build('1.31', { config })
  t.throws(refuse({ includeInboundPort: '80' }), {
    message: /no such field/,
    hint: 'did you mean includeInboundPorts?',
  })
  t.throws(refuse({ outboundPortExclusionList: [] }), { message: /no such field/, hint: undefined })
  t.throws(refuse({ proxyMetadata: { ISTIO_META_DNS_CAPTUR: 'true' } }), {
    message: /^proxyMetadata\.ISTIO_META_DNS_CAPTUR: /,
    hint: 'did you mean ISTIO_META_DNS_CAPTURE?',
  })
  t.throws(refuse({ proxyMetadata: { CAPTURE_ALL_DNS: 'true' } }), { message: /what it changes is not built in/ })
  t.throws(refuse({ proxyMetadata: { INVALID_DROP: true } }), { message: /true is not text/, hint: 'write "true"' })
})

t.test('an annotation that is all but one of these is refused, others are ignored', async (t) => {
  const asked = (name: string) => () => build('1.31', { podAnnotations: { [name]: '80' } })
  t.throws(asked('traffic.sidecar.istio.io/excludeOutboundPort'), {
    message: /no such annotation/,
    hint: 'did you mean traffic.sidecar.istio.io/excludeOutboundPorts?',
  })
  t.throws(asked('sidecar.istio.io/interceptionmod'), {
    message: /no such annotation/,
    hint: 'did you mean sidecar.istio.io/interceptionMode?',
  })
  for (const other of [
    'sidecar.istio.io/inject',
    'sidecar.istio.io/proxyCPU',
    'istio.io/rev',
    'prometheus.io/port',
    'proxy.istio.io/overrides',
  ])
    t.doesNotThrow(asked(other), other)
})

t.test('fields that have nothing to do with interception are accepted', async (t) => {
  t.equal(
    build('1.31', {
      config: { logLevel: 'debug', resources: {}, tracer: 'none', holdApplicationUntilProxyStarts: true },
    }),
    build('1.31'),
  )
  t.equal(build('1.31', { config: { proxyMetadata: { ISTIO_META_DNS_AUTO_ALLOCATE: 'true' } } }), build('1.31'))
})

t.test('values at the boundaries are accepted', async (t) => {
  const podAnnotations = {
    ...annotated('excludeInboundPorts', ' 0 ,65535'),
    ...annotated('excludeOutboundIPRanges', '0.0.0.0/0,::/0'),
    ...annotated('excludeInterfaces', ' a23456789012345 ,br-int_1.2'),
    ...annotated('includeOutboundPorts', 'anything'),
  }
  t.doesNotThrow(() => build('1.31', { podAnnotations }))
})

t.test('an option that the release does not have yet', async (t) => {
  const since = (release: '1.5' | '1.17', asked: Parameters<typeof build>[1], message: RegExp) =>
    t.throws(() => build(release, asked), { fault: 'input', message, hint: /take istio@1\.(17|31)$/ })
  since('1.5', { config: { includeOutboundPorts: '80' } }, /from 1\.7 on, and these rules are of 1\.5/)
  since('1.5', { podAnnotations: annotated('excludeInterfaces', 'net1') }, /from 1\.11 on/)
  since('1.5', { podAnnotations: { 'proxy.istio.io/config': '{}' } }, /from 1\.6 on/)
  since('1.5', { config: { proxyMetadata: { INVALID_DROP: 'true' } } }, /from 1\.12 on/)
  since('1.17', { podAnnotations: { 'istio.io/reroute-virtual-interfaces': 'vm0' } }, /from 1\.25 on/)
  since('1.17', { config: { proxyMetadata: { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.0/8' } } }, /from 1\.21 on/)
  t.doesNotThrow(
    () => build('1.17', { podAnnotations: annotated('excludeInterfaces', '0eth0,') }),
    'names are checked from 1.30 on',
  )
})

t.test('what the CNI plugin refuses', async (t) => {
  const cni = (
    release: '1.5' | '1.17' | '1.31',
    config: Record<string, unknown>,
    message: RegExp,
    podAnnotations = {},
  ) => t.throws(() => build(release, { config: { cni: true, ...config }, podAnnotations }), { fault: 'input', message })
  cni('1.5', {}, /^cni: .*another repository/)
  cni('1.31', { excludeInboundPorts: '*' }, /^excludeInboundPorts: the CNI plugin refuses it/)
  cni('1.17', { includeIPRanges: '10.0.0.1' }, /^includeIPRanges: the CNI plugin refuses it: .*write 10\.0\.0\.1\/32/)
  cni(
    '1.31',
    {},
    /^traffic\.sidecar\.istio\.io\/includeOutboundPorts: the CNI plugin/,
    annotated('includeOutboundPorts', 'x'),
  )
  cni('1.31', { interceptionMode: 'NONE' }, /^interceptionMode: .*no pod starts/)
  cni('1.17', { proxyUID: '7' }, /^proxyUID: .*knows no other/)
  cni('1.31', { proxyUID: '7,8' }, /^proxyUID: .*reads one ID/)
})

t.test('what ends istio-iptables', async (t) => {
  const groups = (count: number) => ({
    proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: Array.from({ length: count }, (_, id) => id).join(',') },
  })
  t.throws(() => build('1.31', { config: groups(65) }), { message: /65 groups, and at most 64/ })
  t.doesNotThrow(() => build('1.31', { config: groups(64) }))
  for (const range of ['10.0.0.0/8', '127.0.0.0/7', '::1/128', 'x', ''])
    t.throws(
      () => build('1.31', { config: { proxyMetadata: { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: range } } }),
      { message: /not a range of 127/ },
      range,
    )
})

t.test('all that is wrong is said at once, a line each', async (t) => {
  const config = {
    includeIPRange: '10.0.0.0/8',
    statusPort: 70_000,
    interceptionMode: 'redirect',
    cni: 'yes',
    proxyUID: 'istio',
    dnsServers: ['10.96.0.10', 'kube-dns', 53],
    proxyMetadata: { ISTIO_META_DNS_CAPTURE: true, INVALID_DROPS: 'true' },
  }
  const podAnnotations = {
    ...annotated('excludeOutboundIPRanges', '10.0.0.1'),
    ...annotated('excludeOutboundPort', '80'),
    ...annotated('includeInboundPorts', '80-90'),
    'sidecar.istio.io/interceptionMode': 'tproxy',
    'status.sidecar.istio.io/port': 'none',
    'proxy.istio.io/config': 'interceptionMode: X\nproxyMetadata: { INVALID_DROP: yes }',
  }
  const told = linesOf(() => build('1.31', { config, podAnnotations }))
  t.match(told, [
    /^includeIPRange: .* no such field .*; did you mean includeIPRanges\?$/,
    /^proxyUID: "istio" is not an ID/,
    /^statusPort: 70000 is not a port/,
    /^interceptionMode: "redirect" is none of REDIRECT, TPROXY, NONE$/,
    /^cni: "yes" is neither true nor false$/,
    /^dnsServers: "kube-dns" is not an IP address$/,
    /^dnsServers: 53 is not an IP address$/,
    /^proxyMetadata\.ISTIO_META_DNS_CAPTURE: true is not text, .*; write "true"$/,
    /^proxyMetadata\.INVALID_DROPS: .*; did you mean INVALID_DROP\?$/,
    /^traffic\.sidecar\.istio\.io\/excludeOutboundPort: .* no such annotation .*; did you mean .*excludeOutboundPorts\?$/,
    /^traffic\.sidecar\.istio\.io\/excludeOutboundIPRanges: "10\.0\.0\.1" is an address .* write 10\.0\.0\.1\/32$/,
    /^traffic\.sidecar\.istio\.io\/includeInboundPorts: "80-90" is not a port/,
    /^sidecar\.istio\.io\/interceptionMode: "tproxy" is no interception mode/,
    /^status\.sidecar\.istio\.io\/port: "none" is not a port/,
    /^proxy\.istio\.io\/config: proxyMetadata\.INVALID_DROP: true is not text/,
    /^proxy\.istio\.io\/config: interceptionMode: "X" is none of/,
  ])
  t.equal(told.length, 16)
})

t.test('what istio-iptables or the plugin would end with is said at once as well', async (t) => {
  const lists = { includeIPRanges: '10.0.0.1', excludeIPRanges: '*' }
  t.match(
    linesOf(() => build('1.31', { config: lists })),
    [/^includeIPRanges: istio-iptables ends/, /^excludeIPRanges: istio-iptables ends/],
  )
  const byCNI = { cni: true, proxyUID: '7,8', includeIPRanges: '10.0.0.1', excludeInboundPorts: '*' }
  t.match(
    linesOf(() => build('1.31', { config: byCNI })),
    [/^includeIPRanges: the CNI/, /^excludeInboundPorts: the CNI/, /^proxyUID: /],
  )
})

function linesOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}
