import t from 'tap'
import { osm } from '../../../harness/mesh/osm/index.ts'
import { annotated, manyPorts, osmRequest } from './request.ts'

const staticRules =
  'iptables -t nat -N PROXY_INBOUND && iptables -t nat -N PROXY_IN_REDIRECT && iptables -t nat -N PROXY_OUTPUT && iptables -t nat -N PROXY_REDIRECT' +
  ' && iptables -t nat -A PROXY_REDIRECT -p tcp -j REDIRECT --to-port 15001 && iptables -t nat -A PROXY_REDIRECT -p tcp --dport 15000 -j ACCEPT' +
  ' && iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT && iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN' +
  ' && iptables -t nat -A PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN && iptables -t nat -A PROXY_OUTPUT -j PROXY_REDIRECT' +
  ' && iptables -t nat -A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003 && iptables -t nat -A PREROUTING -p tcp -j PROXY_INBOUND' +
  ' && iptables -t nat -A PROXY_INBOUND -p tcp --dport 15010 -j RETURN && iptables -t nat -A PROXY_INBOUND -p tcp --dport 15901 -j RETURN' +
  ' && iptables -t nat -A PROXY_INBOUND -p tcp --dport 15902 -j RETURN && iptables -t nat -A PROXY_INBOUND -p tcp --dport 15903 -j RETURN' +
  ' && iptables -t nat -A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT'

const ports = (chain: string) => (list: readonly number[]) =>
  ` && iptables -t nat -I ${chain} -p tcp --match multiport --dports ${list.join(',')} -j RETURN`
const build = (...request: Parameters<typeof osmRequest>) => osm.build('0.11', osmRequest(...request))

t.test('without options: one line', async (t) => {
  t.equal(build(), `${staticRules}\n`)
})

t.test('outbound range exclusions, in the order of the list', async (t) => {
  const text = build({ outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.2/24'] })
  t.equal(
    text,
    `${staticRules} && iptables -t nat -I PROXY_OUTPUT -d 1.1.1.1/32 -j RETURN && iptables -t nat -I PROXY_OUTPUT -d 2.2.2.2/24 -j RETURN\n`,
  )
})

t.test('outbound port exclusions, mesh and pod', async (t) => {
  const text = build({ outboundPortExclusionList: [6379, 7070] }, annotated('outbound-port-exclusion-list', '8080'))
  t.equal(
    text,
    `${staticRules} && iptables -t nat -I PROXY_OUTPUT -p tcp --match multiport --dports 6379,7070,8080 -j RETURN\n`,
  )
})

t.test('inbound port exclusions, mesh and pod', async (t) => {
  const text = build({ inboundPortExclusionList: [22] }, annotated('inbound-port-exclusion-list', '22, 9090'))
  t.equal(
    text,
    `${staticRules} && iptables -t nat -I PROXY_INBOUND -p tcp --match multiport --dports 22,9090 -j RETURN\n`,
  )
})

t.test('all together: ranges, outbound ports, inbound ports', async (t) => {
  const text = build({
    inboundPortExclusionList: [22],
    outboundPortExclusionList: [53],
    outboundIPRangeExclusionList: ['1.1.1.1/32'],
  })
  t.equal(
    text,
    `${staticRules} && iptables -t nat -I PROXY_OUTPUT -d 1.1.1.1/32 -j RETURN${ports('PROXY_OUTPUT')([53])}${ports('PROXY_INBOUND')([22])}\n`,
  )
})

t.test('more than 15 ports in several rules', async (t) => {
  const many = manyPorts(16)
  const split = [many.slice(0, 15), many.slice(15)]
  t.equal(build({ outboundPortExclusionList: many }), `${staticRules}${split.map(ports('PROXY_OUTPUT')).join('')}\n`)
  t.equal(build({ inboundPortExclusionList: many }), `${staticRules}${split.map(ports('PROXY_INBOUND')).join('')}\n`)
})

t.test('what it does not have is refused, and the release that has it named', async (t) => {
  const refused: [
    config: Record<string, unknown>,
    annotations: Record<string, string>,
    option: string,
    since: string,
  ][] = [
    [{ outboundIPRangeInclusionList: ['1.1.1.1/32'] }, {}, 'outboundIPRangeInclusionList', '1.1.0'],
    [{ networkInterfaceExclusionList: ['net1'] }, {}, 'networkInterfaceExclusionList', '1.1.1'],
    [{ localProxyMode: 'PodIP' }, {}, 'localProxyMode', '1.1.1'],
    [
      {},
      annotated('outbound-ip-range-exclusion-list', '1.1.1.1/32'),
      'openservicemesh.io/outbound-ip-range-exclusion-list',
      '1.1.0',
    ],
    [
      {},
      annotated('outbound-ip-range-inclusion-list', '1.1.1.1/32'),
      'openservicemesh.io/outbound-ip-range-inclusion-list',
      '1.1.0',
    ],
  ]
  for (const [config, annotations, option, since] of refused) {
    t.throws(
      () => build(config, annotations),
      { fault: 'input', message: new RegExp(`^${option}: OSM has this option from ${since} on.*value`) },
      option,
    )
  }
})

t.test('options that it does not have may say what is the default', async (t) => {
  t.equal(
    build({ outboundIPRangeInclusionList: [], networkInterfaceExclusionList: [], localProxyMode: 'Localhost' }),
    `${staticRules}\n`,
  )
})
