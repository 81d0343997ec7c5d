import { app, as, inner, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const asked = { then: ['peer'] } as const
const traffic = (name: string, value: string) => ({ [`traffic.sidecar.istio.io/${name}`]: value })
const proxyConfig = (...lines: string[]) => ({ 'proxy.istio.io/config': `${lines.join('\n')}\n` })
const dnsServers = ['10.96.0.10']
const capture = (value: string) => ({ ISTIO_META_DNS_CAPTURE: value })
const dualStack = (value: string) => ({ ISTIO_DUAL_STACK: value, ISTIO_AGENT_DUAL_STACK: value })

export default [
  scenario("from 1.17: proxy.istio.io/config turns a pod's mode to TPROXY", {
    rules: istio({}, proxyConfig('interceptionMode: TPROXY')),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'], source: 'client' }),
      remote.tcp('pod:15008').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.17: a pod's proxyMetadata is merged into the mesh's key by key", {
    rules: istio(
      { dnsServers, proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001' } },
      proxyConfig('proxyMetadata:', '  ISTIO_META_DNS_CAPTURE: "true"'),
    ),
    releases,
    flows: [
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario("from 1.17: a key of a pod's proxyMetadata replaces the mesh's", {
    rules: istio(
      { dnsServers, proxyMetadata: { ...capture('true'), ISTIO_OUTBOUND_OWNER_GROUPS: '2001' } },
      proxyConfig('proxyMetadata:', '  ISTIO_META_DNS_CAPTURE: "false"', '  ISTIO_OUTBOUND_OWNER_GROUPS: "2002"'),
    ),
    releases,
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 2002 }).tcp('10.96.0.10:53').isRedirected('outbound'),
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2002 }).tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  // strconv.ParseBool
  scenario("from 1.17: '1' and 'T' are true as well", {
    rules: istio({ dnsServers, proxyMetadata: { ...capture('1'), ...dualStack('T') } }),
    releases,
    flows: [
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.17: 'yes' and 'false' are not true", {
    rules: istio({ dnsServers, proxyMetadata: { ...capture('yes'), ...dualStack('false') } }),
    releases,
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isRedirected('outbound'),
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
    ],
  }),

  scenario("from 1.17: a pod's included inbound ports replace the mesh's", {
    rules: istio({ includeInboundPorts: '8080' }, traffic('includeInboundPorts', '9090')),
    releases,
    flows: [remote.tcp('pod:9090').isRedirected('inbound'), remote.tcp('pod:8080').isDirect(byApp)],
  }),

  scenario("from 1.17: a pod's '*' replaces the mesh's included inbound ports", {
    rules: istio({ includeInboundPorts: '8080' }, traffic('includeInboundPorts', '*')),
    releases,
    flows: [remote.tcp('pod:9090').isRedirected('inbound'), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario("from 1.17: a pod's included outbound ports replace the mesh's", {
    rules: istio({ includeIPRanges: '', includeOutboundPorts: '6379' }, traffic('includeOutboundPorts', '7070')),
    releases,
    flows: [app.tcp('203.0.113.10:7070').isRedirected('outbound'), app.tcp('203.0.113.10:6379').isDirect(byPeer)],
  }),

  scenario("from 1.17: an empty annotation takes the mesh's included outbound ports away", {
    rules: istio({ includeIPRanges: '', includeOutboundPorts: '6379' }, traffic('includeOutboundPorts', '')),
    releases,
    flows: [app.tcp('203.0.113.10:6379').isDirect(byPeer), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario('from 1.31: the newer annotation replaces the older one, even empty', {
    rules: istio({}, { ...traffic('kubevirtInterfaces', 'br0'), 'istio.io/reroute-virtual-interfaces': '' }),
    releases: '>=1.31',
    inner: true,
    flows: [
      inner.tcp('10.244.0.5:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.31, by CNI: TPROXY and dual stack as by an init container', {
    rules: istio({
      cni: true,
      interceptionMode: 'TPROXY',
      excludeInboundPorts: '5432',
      proxyMetadata: dualStack('true'),
    }),
    releases: '>=1.31',
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'], source: 'client' }),
      remote.tcp('pod:5432').isDirect(byApp),
      app.tcp('peer:80').isRedirected('outbound'),
      proxy.tcp('peer:80').isDirect(byPeer),
    ],
  }),

  scenario("from 1.17: a pod's annotation has more say about the mode than its proxy config", {
    rules: istio({}, { ...proxyConfig('interceptionMode: TPROXY'), 'sidecar.istio.io/interceptionMode': 'REDIRECT' }),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15008').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.17: a pod's included ranges leave the mesh's included ports as they are", {
    rules: istio({ includeOutboundPorts: '6379' }, traffic('includeOutboundIPRanges', '198.51.100.0/24')),
    releases,
    flows: [
      app.tcp('203.0.113.10:6379').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  // Helm's values are not looked at: the generator passes over elements that are empty.
  scenario('from 1.17: an empty element of the mesh is none, and those behind it count', {
    rules: istio({ excludeOutboundPorts: '6379,,7070', excludeInboundPorts: '5432,,9090' }),
    releases,
    flows: [
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:7070').isDirect(byPeer),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:9090').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  // The plugin reads no variable of theirs.
  scenario('from 1.17, by CNI: owner groups have no say', {
    rules: istio({ cni: true, proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001' } }),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),
]
