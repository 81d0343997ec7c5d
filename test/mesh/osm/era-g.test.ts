import t from 'tap'
import { osm } from '../../../harness/mesh/osm/index.ts'
import { osmProfile } from '../../../harness/mesh/osm/profile.ts'
import { annotated, manyPorts, osmRequest } from './request.ts'

const inbound = `# OSM sidecar interception rules
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
-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT
`
const outbound = `-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
-A OSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT
-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND
-A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j OSM_PROXY_IN_REDIRECT
-A OSM_PROXY_OUTBOUND -o lo -m owner ! --uid-owner 1500 -j RETURN
-A OSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN
-A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN
-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT
`
const ports = (chain: string, list: string): string =>
  `-I ${chain} -p tcp --match multiport --dports ${list} -j RETURN\n`
const build = (...request: Parameters<typeof osmRequest>) => osm.build('1.0', osmRequest(...request))

t.test('without options', async (t) => {
  t.equal(build(), `${inbound}${outbound}COMMIT\n`)
  t.equal(osm.build('1.0.0', osmRequest({})), build(), 'by its patch release')
})

t.test('every exclusion: inbound ones before the outbound rules, outbound ones behind all, inserted', async (t) => {
  const config = {
    inboundPortExclusionList: [30, 40],
    outboundPortExclusionList: [10],
    outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.2/32'],
  }
  t.equal(
    build(config, annotated('outbound-port-exclusion-list', '20')),
    `${inbound}${ports('OSM_PROXY_INBOUND', '30,40')}${outbound}-I OSM_PROXY_OUTBOUND -d 1.1.1.1/32 -j RETURN
-I OSM_PROXY_OUTBOUND -d 2.2.2.2/32 -j RETURN
${ports('OSM_PROXY_OUTBOUND', '10,20')}COMMIT\n`,
  )
})

t.test('more than 15 ports in several rules', async (t) => {
  const text = build({ outboundPortExclusionList: manyPorts(16) })
  t.equal(text.match(/--match multiport/g)?.length, 2)
})

t.test('what came later is refused, with the release that brought it', async (t) => {
  for (const [config, since] of [
    [{ networkInterfaceExclusionList: ['net1'] }, '1.1.1'],
    [{ localProxyMode: 'PodIP' }, '1.1.1'],
    [{ outboundIPRangeInclusionList: ['203.0.113.0/24'] }, '1.1.0'],
  ] as const)
    t.throws(() => build(config), { message: new RegExp(`OSM has this option from ${since} on`) })
  t.throws(() => osm.build('1.1.0', osmRequest({})), {
    message: /not built in/,
    hint: 'built in are 0.9.1 to 0.11.1, 1.0.0, 1.1.1 to 1.2.4; write 0.11, 1.0 or 1.2',
  })
})

t.test('its proxy has no TCP health check, and an own address as later ones', async (t) => {
  const { leftAlone, ownAddress } = osmProfile('1.0')
  t.same(leftAlone.inbound, [15010, 15901, 15902, 15903])
  t.same(ownAddress, osmProfile('1.2').ownAddress)
})
