import t from 'tap'
import { osm } from '../../../harness/mesh/osm/index.ts'
import { annotated, manyPorts, osmRequest } from './request.ts'

/** The rules without any option, and where options put theirs. */
function expectedPayload({
  inbound = '',
  podIP = '',
  outbound = '',
  last = '-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT\n',
} = {}): string {
  return `# OSM sidecar interception rules
*nat
:OSM_PROXY_INBOUND - [0:0]
:OSM_PROXY_IN_REDIRECT - [0:0]
:OSM_PROXY_OUTBOUND - [0:0]
:OSM_PROXY_OUT_REDIRECT - [0:0]
-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
-A PREROUTING -p tcp -j OSM_PROXY_INBOUND
-A OSM_PROXY_INBOUND -p tcp --dport 15010 -j RETURN
-A OSM_PROXY_INBOUND -p tcp --dport 15901 -j RETURN
-A OSM_PROXY_INBOUND -p tcp --dport 15902 -j RETURN
-A OSM_PROXY_INBOUND -p tcp --dport 15903 -j RETURN
-A OSM_PROXY_INBOUND -p tcp --dport 15904 -j RETURN
-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT
${inbound}-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
-A OSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT
-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND
-A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j OSM_PROXY_IN_REDIRECT
-A OSM_PROXY_OUTBOUND -o lo -m owner ! --uid-owner 1500 -j RETURN
-A OSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN
-A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN
${podIP}${outbound}${last}COMMIT
`
}

const outboundPorts = (list: string) => `-A OSM_PROXY_OUTBOUND -p tcp --match multiport --dports ${list} -j RETURN\n`
const inboundPorts = (list: string) => `-I OSM_PROXY_INBOUND -p tcp --match multiport --dports ${list} -j RETURN\n`
const podIPRule = '-I OUTPUT -p tcp -o lo -d 127.0.0.1/32 -m owner --uid-owner 1500 -j DNAT --to-destination $POD_IP\n'
const build = (...request: Parameters<typeof osmRequest>) => osm.build('1.2', osmRequest(...request))

t.test('without options', async (t) => {
  t.equal(build(), expectedPayload())
})

t.test("outbound port exclusions, the mesh's first, in one rule", async (t) => {
  const text = build(
    { outboundPortExclusionList: [6379, 7070] },
    annotated('outbound-port-exclusion-list', ' 8080 ,6379'),
  )
  t.equal(text, expectedPayload({ outbound: outboundPorts('6379,7070,8080') }))
})

t.test("inbound port exclusions, the mesh's first, in one rule", async (t) => {
  const text = build({ inboundPortExclusionList: [30, 40, 30] }, annotated('inbound-port-exclusion-list', '50,40'))
  t.equal(text, expectedPayload({ inbound: inboundPorts('30,40,50') }))
})

t.test("outbound range exclusions, the pod's first, as they are written", async (t) => {
  const text = build(
    { outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.2/24'] },
    annotated('outbound-ip-range-exclusion-list', '3.3.3.3/32, 2.2.2.2/24'),
  )
  const rules = ['3.3.3.3/32', '2.2.2.2/24', '1.1.1.1/32'].map(
    (range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j RETURN\n`,
  )
  t.equal(text, expectedPayload({ outbound: rules.join('') }))
})

t.test("outbound range inclusions, the pod's first; everything else returns", async (t) => {
  const text = build(
    { outboundIPRangeInclusionList: ['3.3.3.3/32'] },
    annotated('outbound-ip-range-inclusion-list', '4.4.4.4/32'),
  )
  const rules = ['4.4.4.4/32', '3.3.3.3/32'].map(
    (range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j OSM_PROXY_OUT_REDIRECT\n`,
  )
  t.equal(text, expectedPayload({ outbound: rules.join(''), last: '-A OSM_PROXY_OUTBOUND -j RETURN\n' }))
})

t.test('interface exclusions, in both directions', async (t) => {
  const text = build({ networkInterfaceExclusionList: ['net1', 'net2', 'net1'] })
  const inbound = '-I OSM_PROXY_INBOUND -i net1 -j RETURN\n-I OSM_PROXY_INBOUND -i net2 -j RETURN\n'
  t.equal(
    text,
    expectedPayload({
      inbound,
      outbound: '-A OSM_PROXY_OUTBOUND -o net1 -j RETURN\n-A OSM_PROXY_OUTBOUND -o net2 -j RETURN\n',
    }),
  )
})

t.test('PodIP mode', async (t) => {
  t.equal(build({ localProxyMode: 'PodIP' }), expectedPayload({ podIP: podIPRule }))
})

t.test('Localhost mode and a privileged init container change nothing', async (t) => {
  t.equal(build({ localProxyMode: 'Localhost', enablePrivilegedInitContainer: true }), expectedPayload())
})

t.test('all options together, in their order', async (t) => {
  const text = build({
    outboundPortExclusionList: [10, 20],
    inboundPortExclusionList: [30],
    outboundIPRangeExclusionList: ['1.1.1.1/32'],
    outboundIPRangeInclusionList: ['0.0.0.0/0'],
    networkInterfaceExclusionList: ['net1'],
    localProxyMode: 'PodIP',
  })
  const inbound = `-I OSM_PROXY_INBOUND -i net1 -j RETURN\n${inboundPorts('30')}`
  const outbound = [
    '-A OSM_PROXY_OUTBOUND -o net1 -j RETURN\n',
    '-A OSM_PROXY_OUTBOUND -d 1.1.1.1/32 -j RETURN\n',
    outboundPorts('10,20'),
    '-A OSM_PROXY_OUTBOUND -d 0.0.0.0/0 -j OSM_PROXY_OUT_REDIRECT\n',
  ]
  t.equal(
    text,
    expectedPayload({
      inbound,
      podIP: podIPRule,
      outbound: outbound.join(''),
      last: '-A OSM_PROXY_OUTBOUND -j RETURN\n',
    }),
  )
})

t.test('one rule for up to 15 ports, several beyond', async (t) => {
  const ports = manyPorts(31)
  const lists = [ports.slice(0, 15), ports.slice(15, 30), ports.slice(30)].map((list) => list.join(','))
  t.equal(
    build({ outboundPortExclusionList: ports.slice(0, 15) }),
    expectedPayload({ outbound: outboundPorts(lists[0] ?? '') }),
  )
  t.equal(build({ outboundPortExclusionList: ports }), expectedPayload({ outbound: lists.map(outboundPorts).join('') }))
  t.equal(build({ inboundPortExclusionList: ports }), expectedPayload({ inbound: lists.map(inboundPorts).join('') }))
})

t.test('no rules for IPv6', async (t) => {
  t.equal(osm.build('1.2', { ...osmRequest(), family: 'ipv6' }), '')
})
