import t from 'tap'
import { osm } from '../../../harness/mesh/osm/index.ts'
import { annotated, osmRequest } from './request.ts'

type Refused = [value: unknown, reason: RegExp]

function refusesEach(option: string, asConfig: (value: unknown) => Record<string, unknown>, table: Refused[]): void {
  t.test(option, async (t) => {
    for (const [value, reason] of table) {
      const shown = JSON.stringify(value)
      t.throws(
        () => osm.validate('1.2', osmRequest(asConfig(value))),
        { fault: 'input', message: new RegExp(`^${option}: `) },
        `${shown}: names the option`,
      )
      t.throws(
        () => osm.validate('1.2', osmRequest(asConfig(value))),
        { message: reason },
        `${shown}: gives the reason`,
      )
      t.throws(
        () => osm.build('0.11', osmRequest(asConfig(value))),
        { message: new RegExp(`^${option}: `) },
        `${shown}: refused in era F as well`,
      )
    }
  })
}

const wrongPorts: Refused[] = [
  [0, /: 0 is not a port; ports are whole numbers from 1 to 65535/],
  [65536, /: 65536 is not a port/],
  [-1, /: -1 is not a port/],
  [80.5, /: 80.5 is not a port/],
  ['80', /: "80" is not a number/],
  [null, /: null is not a number/],
  [true, /: true is not a number/],
  [[80], /: \[80\] is not a number/],
]

const wrongRanges: Refused[] = [
  ['1.1.1.1', /"1\.1\.1\.1" is an address and not a range; write 1\.1\.1\.1\/32/],
  ['fd00::/8', /"fd00::\/8" is IPv6/],
  ['::1', /IPv6/],
  ['1.1.1.1/33', /no prefix length from 0 to 32/],
  ['1.1.1.1/', /no prefix length/],
  ['1.1.1.1/08', /no prefix length/],
  ['1.1.1.1/-1', /no prefix length/],
  ['1.1.1.1/24/8', /no prefix length/],
  ['1.1.1.1/255.0.0.0', /no prefix length/],
  ['1.1.1/24', /not an IPv4 range/],
  ['1.1.1.256/24', /not an IPv4 range/],
  ['01.1.1.1/24', /not an IPv4 range/],
  [' 1.1.1.1/32', /not an IPv4 range/],
  ['example.com/24', /not an IPv4 range/],
  ['', /not an IPv4 range/],
  ['*', /not an IPv4 range/],
  [10, /: 10 is not text/],
]

const wrongInterfaces: Refused[] = [
  ['', /"" is empty/],
  ['a234567890123456', /has 16 characters; an interface's name has at most 15/],
  ['net+', /wildcard/],
  ['!net1', /not an interface name/],
  ['net/1', /not an interface name/],
  ['net 1', /not an interface name/],
  ['net1\n-A', /"net1\\n-A" is not an interface name/],
  ['$POD_IP', /not an interface name/],
  ['`id`', /not an interface name/],
  ['eth0:1', /not an interface name/],
  ['-j', /not an interface name/],
  ['.', /not an interface name/],
  ['..', /not an interface name/],
  ['né', /not an interface name/],
  [1, /: 1 is not text/],
]

for (const option of ['outboundPortExclusionList', 'inboundPortExclusionList']) {
  refusesEach(option, (value) => ({ [option]: [80, value] }), wrongPorts)
}
for (const option of ['outboundIPRangeExclusionList', 'outboundIPRangeInclusionList']) {
  refusesEach(option, (value) => ({ [option]: ['1.1.1.1/32', value] }), wrongRanges)
}
refusesEach(
  'networkInterfaceExclusionList',
  (value) => ({ networkInterfaceExclusionList: ['net1', value] }),
  wrongInterfaces,
)

for (const option of ['outboundPortExclusionList', 'outboundIPRangeInclusionList', 'networkInterfaceExclusionList']) {
  refusesEach(option, (value) => ({ [option]: value }), [
    [80, /: 80 is not a list/],
    ['80,81', /: "80,81" is not a list/],
    [null, /: null is not a list/],
    [{}, /: \{\} is not a list/],
  ])
}
refusesEach('localProxyMode', (value) => ({ localProxyMode: value }), [
  ['podIP', /"podIP" is no proxy mode/],
  ['', /"" is no proxy mode/],
  [null, /null is no proxy mode/],
])
refusesEach('enablePrivilegedInitContainer', (value) => ({ enablePrivilegedInitContainer: value }), [
  ['true', /"true" is neither true nor false/],
])

const portAnnotations: [value: string, reason: RegExp][] = [
  ['', /: "" is empty/],
  [' ', /is empty/],
  ['80,', /"80," ends in a comma/],
  ['80, ', /ends in a comma/],
  [',80', /has an empty entry/],
  ['80,,81', /has an empty entry/],
  [',', /ends in a comma/],
  ['0', /: 0 is not a port/],
  ['80,65536', /: 65536 is not a port/],
  ['-1', /: "-1" is not a port/],
  ['80.5', /: "80.5" is not a port/],
  ['http', /: "http" is not a port/],
  ['80 81', /: "80 81" is not a port/],
  ['0x50', /: "0x50" is not a port/],
  ['1e3', /: "1e3" is not a port/],
  ['99999999999999999999', /not a port/],
]
const rangeAnnotations: [value: string, reason: RegExp][] = [
  ['', /is empty/],
  ['1.1.1.1/32,', /ends in a comma/],
  ['1.1.1.1/32,,2.2.2.2/32', /has an empty entry/],
  ['1.1.1.1', /"1\.1\.1\.1" is an address and not a range/],
  ['fd00::/8', /IPv6/],
  ['1.1.1.1/32 2.2.2.2/32', /no prefix length/],
]

for (const [key, table] of [
  ['outbound-port-exclusion-list', portAnnotations],
  ['inbound-port-exclusion-list', portAnnotations],
  ['outbound-ip-range-exclusion-list', rangeAnnotations],
  ['outbound-ip-range-inclusion-list', rangeAnnotations],
] as const) {
  t.test(`openservicemesh.io/${key}`, async (t) => {
    for (const [value, reason] of table) {
      t.throws(
        () => osm.validate('1.2', osmRequest({}, annotated(key, value))),
        { fault: 'input', message: new RegExp(`^openservicemesh.io/${key}: `) },
        `'${value}': names the annotation`,
      )
      t.throws(
        () => osm.validate('1.2', osmRequest({}, annotated(key, value))),
        { message: reason },
        `'${value}': gives the reason`,
      )
    }
  })
}

t.test('an annotation that is no text', async (t) => {
  const annotations = annotated('outbound-port-exclusion-list', 80 as unknown as string)
  t.throws(() => osm.validate('1.2', osmRequest({}, annotations)), { message: /: 80 is not text/ })
})

t.test('values at the boundaries are accepted', async (t) => {
  const config = {
    outboundPortExclusionList: [1, 65535],
    outboundIPRangeExclusionList: ['0.0.0.0/0', '255.255.255.255/32'],
    networkInterfaceExclusionList: ['a23456789012345', 'eth0.100', 'br-int_1', '0'],
  }
  t.doesNotThrow(() => osm.validate('1.2', osmRequest(config, annotated('inbound-port-exclusion-list', '1,65535'))))
})

t.test('an unknown field is refused, and the nearest known one named', async (t) => {
  const refuse = (name: string) => () => osm.validate('1.2', osmRequest({ [name]: [80] }))
  t.throws(refuse('outboundPortExclusonList'), {
    message: /^outboundPortExclusonList: OSM's MeshConfig has no such field.*\[80\]/,
    hint: 'did you mean outboundPortExclusionList?',
  })
  t.throws(refuse('includeOutboundPorts'), { message: /^includeOutboundPorts: /, hint: undefined })
  t.throws(refuse('toString'), { message: /no such field/ })
  t.throws(refuse('x'.repeat(1000)), { message: /no such field/ })
})

t.test('fields that have nothing to do with interception are accepted', async (t) => {
  const config = {
    enableEgress: true,
    envoyImage: 'x',
    tracing: { enable: true },
    serviceCertValidityDuration: '24h',
    enableWASMStats: false,
  }
  t.equal(osm.build('1.2', osmRequest(config)), osm.build('1.2', osmRequest()))
})

t.test("an unknown annotation of OSM's is refused, and the nearest known one named", async (t) => {
  const validate = () => osm.validate('1.2', osmRequest({}, annotated('outbound-port-exclusions-list', '80')))
  t.throws(validate, {
    message: /^openservicemesh.io\/outbound-port-exclusions-list: OSM has no such annotation/,
    hint: 'did you mean openservicemesh.io/outbound-port-exclusion-list?',
  })
})

t.test('all mistakes of config and annotations are told at once, and all of what an old release lacks', async (t) => {
  const wrong = () =>
    osm.validate(
      '1.2',
      osmRequest(
        { localProxyMod: 'PodIP', inboundPortExclusionList: [70_000], localProxyMode: 'Node' },
        annotated('inbound-port-exclusion-list', 'x'),
      ),
    )
  t.throws(wrong, {
    message:
      /^localProxyMod: [^\n]*\ninboundPortExclusionList: [^\n]*\nlocalProxyMode: [^\n]*\nopenservicemesh.io\/inbound-[^\n]*$/,
  })
  const early = () =>
    osm.validate('0.11', osmRequest({ localProxyMode: 'PodIP', networkInterfaceExclusionList: ['net1'] }))
  t.throws(early, { message: /^networkInterfaceExclusionList: [^\n]*\nlocalProxyMode: [^\n]*$/ })
})

t.test('other annotations are ignored', async (t) => {
  const annotations = {
    'sidecar.istio.io/inject': 'false',
    'prometheus.io/port': 'x',
    'outbound-port-exclusion-list': ',',
  }
  t.doesNotThrow(() =>
    osm.validate(
      '1.2',
      osmRequest({}, { ...annotations, ...annotated('sidecar-injection', 'enabled'), ...annotated('metrics', '') }),
    ),
  )
})
