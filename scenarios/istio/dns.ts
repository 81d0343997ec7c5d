import { app, as, istio, proxy, remote, root, ruleText, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const asked = { then: ['peer'] } as const
const answeredByPeer = { ...byPeer, answered: true } as const
const heard = { ...asked, answered: true } as const
const capture = { ISTIO_META_DNS_CAPTURE: 'true' }
const listed = { dnsServers: ['10.96.0.10'], proxyMetadata: capture }
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' }

/** As few rules as capture DNS by UDP. */
const unzoned = `*nat
-A OUTPUT -p udp --dport 53 -m owner --uid-owner 1337 -j RETURN
-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053
COMMIT
`

export default [
  scenario(
    'from 1.17: DNS to a server of the pod goes to the DNS listener, by UDP and TCP, and from there to the server',
    {
      rules: istio(listed),
      releases,
      flows: [
        app.udp('10.96.0.10:53').isRedirected('dns', asked),
        app.tcp('10.96.0.10:53').isRedirected('dns', asked),
        root.udp('10.96.0.10:53').isRedirected('dns', asked),
        root.tcp('10.96.0.10:53').isRedirected('dns', asked),
        app.udp('10.96.0.10:54').isDirect(byPeer),
        app.tcp('10.96.0.10:54').isRedirected('outbound'),
        app.udp('10.96.0.10:52').isDirect(byPeer),
        app.tcp('203.0.113.10:80').isRedirected('outbound'),
      ],
    },
  ),

  scenario('from 1.17: DNS to another server is left alone by UDP, and like any other connection by TCP', {
    rules: istio(listed),
    releases,
    tags: ['istio#6568'],
    flows: [
      app.udp('203.0.113.53:53').isDirect(byPeer),
      app.tcp('203.0.113.53:53').isRedirected('outbound', asked),
      app.udp('10.96.0.11:53').isDirect(byPeer),
      root.udp('203.0.113.53:53').isDirect(byPeer),
    ],
  }),

  scenario("from 1.17: the proxy's own queries are not captured, nor are those of its group", {
    rules: istio(listed),
    releases,
    flows: [
      proxy.udp('10.96.0.10:53').isDirect(byPeer),
      proxy.tcp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).udp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 1337 }).udp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 1337 }).tcp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 1000, groups: [1337] })
        .udp('10.96.0.10:53')
        .isRedirected('dns', asked),
      as({ uid: 1338 }).udp('10.96.0.10:53').isRedirected('dns', asked),
    ],
  }),

  // The proxy is root then: the rules know its answers by their group, and answers of another zone are nobody's.
  scenario('from 1.17, TPROXY: DNS is answered to the application, and the proxy asks for itself', {
    rules: istio({ ...listed, interceptionMode: 'TPROXY' }),
    releases,
    flows: [
      app.udp('10.96.0.10:53').isRedirected('dns', heard),
      root.udp('10.96.0.10:53').isRedirected('dns', heard),
      app.tcp('10.96.0.10:53').isRedirected('dns', asked),
      proxy.udp('10.96.0.10:53').isDirect(answeredByPeer),
      proxy.tcp('10.96.0.10:53').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17, by CNI: DNS is captured whatever the server', {
    rules: istio({ ...listed, cni: true }),
    releases,
    flows: [
      app.udp('203.0.113.53:53').isRedirected('dns', asked),
      app.tcp('203.0.113.53:53').isRedirected('dns', asked),
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      proxy.udp('203.0.113.53:53').isDirect(byPeer),
      app.udp('203.0.113.53:54').isDirect(byPeer),
    ],
  }),

  // Connection tracking remembers the first one's way by addresses and ports alone, but for its zone.
  scenario('from 1.17: a source port that the proxy has used before the application still leads to the DNS listener', {
    rules: istio(listed),
    releases,
    tags: ['istio#33469'],
    flows: [
      proxy.udp('10.96.0.10:53', { sourcePort: 25301 }).isDirect(answeredByPeer),
      app.udp('10.96.0.10:53', { sourcePort: 25301 }).isRedirected('dns', heard),
    ],
  }),

  scenario(
    'from 1.17: a source port that the application has used before the proxy does not lead it to its own listener',
    {
      rules: istio(listed),
      releases,
      tags: ['istio#33469'],
      flows: [
        app.udp('10.96.0.10:53', { sourcePort: 25302 }).isRedirected('dns', heard),
        proxy.udp('10.96.0.10:53', { sourcePort: 25302 }).isDirect(answeredByPeer),
      ],
    },
  ),

  scenario('from 1.17: a source port of an application and of the user or the group of the proxy is told apart', {
    rules: istio(listed),
    releases,
    tags: ['istio#33469'],
    flows: [
      as({ uid: 1337, gid: 1000 }).udp('10.96.0.10:53', { sourcePort: 25308 }).isDirect(answeredByPeer),
      app.udp('10.96.0.10:53', { sourcePort: 25308 }).isRedirected('dns', heard),
      as({ uid: 1000, gid: 1337 }).udp('10.96.0.10:53', { sourcePort: 25309 }).isDirect(answeredByPeer),
      app.udp('10.96.0.10:53', { sourcePort: 25309 }).isRedirected('dns', heard),
    ],
  }),

  // Queries are told by their port alone, so this answer is one to the rules, in a zone of its own.
  scenario("from 1.17, by CNI: an application's answer to a client at port 53 is taken for a query (documented)", {
    rules: istio({ cni: true, proxyMetadata: capture }),
    releases,
    families: ['ipv4'],
    tags: ['surprise'],
    flows: [
      remote.udp('pod:8080', { sourcePort: 53 }).isDirect({ answeredBy: 'app', answered: false }),
      remote.udp('pod:8080', { sourcePort: 54 }).isDirect({ answeredBy: 'app', answered: true }),
    ],
  }),

  scenario('from 1.17, by CNI: a source port of both is told apart as well', {
    rules: istio({ ...listed, cni: true }),
    releases,
    tags: ['istio#33469'],
    flows: [
      proxy.udp('203.0.113.53:53', { sourcePort: 25303 }).isDirect(answeredByPeer),
      app.udp('203.0.113.53:53', { sourcePort: 25303 }).isRedirected('dns', heard),
    ],
  }),

  // 1.17 looks for a listed server's replies by a destination of theirs, so that they are of no zone: to connection
  // tracking they begin something new, which nat is asked about, and a port of the proxy's that the application has is
  // no way round it.
  scenario('1.17: replies of a listed server are found in no zone, and reach the proxy all the same', {
    rules: istio(listed),
    releases: '1.17',
    flows: [
      proxy.udp('10.96.0.10:53', { sourcePort: 25306 }).isDirect(answeredByPeer),
      app.udp('10.96.0.10:53').isRedirected('dns', heard),
    ],
  }),

  scenario('1.17: as they belong to nothing, they are lost where the pod lets in what belongs to something alone', {
    rules: istio(listed),
    releases: '1.17',
    beside: { after: '*filter\n-A INPUT -i eth0 -p udp -m conntrack ! --ctstate ESTABLISHED -j DROP\nCOMMIT\n' },
    tags: ['surprise'],
    flows: [
      proxy.udp('10.96.0.10:53').isDirect({ ...byPeer, answered: false }),
      app.udp('10.96.0.10:53').isRedirected('dns', { ...asked, answered: false }),
      app.udp('203.0.113.53:53').isDirect(answeredByPeer),
    ],
  }),

  scenario('from 1.31: replies of a listed server belong to what the proxy has asked', {
    rules: istio(listed),
    releases: '>=1.31',
    beside: { after: '*filter\n-A INPUT -i eth0 -p udp -m conntrack ! --ctstate ESTABLISHED -j DROP\nCOMMIT\n' },
    flows: [proxy.udp('10.96.0.10:53').isDirect(answeredByPeer), app.udp('10.96.0.10:53').isRedirected('dns', heard)],
  }),

  scenario('from 1.31: so do those of each of several servers, of both families, and from no other server', {
    rules: istio({
      dnsServers: ['10.96.0.10', 'fd00:96::a', '10.96.0.11', 'fd00:96::b'],
      proxyMetadata: { ...capture, ...dualStack },
    }),
    releases: '>=1.31',
    beside: {
      after: ['iptables', 'ip6tables']
        .map((program) => `${program} -A INPUT -i eth0 -p udp -m conntrack ! --ctstate ESTABLISHED -j DROP\n`)
        .join(''),
    },
    flows: [
      ...['10.96.0.10', '[fd00:96::a]', '10.96.0.11', '[fd00:96::b]'].flatMap((server) => [
        proxy.udp(`${server}:53`).isDirect(answeredByPeer),
        app.udp(`${server}:53`).isRedirected('dns', heard),
      ]),
      ...['10.96.0.12', '[fd00:96::c]'].flatMap((server) => [
        app.udp(`${server}:53`).isDirect(answeredByPeer),
        app.udp(`${server}:54`).isDirect(answeredByPeer),
      ]),
      app.udp('10.96.0.11:54').isDirect(answeredByPeer),
    ],
  }),

  scenario("from 1.17: a server on loopback is captured, too, and the proxy's query reaches it", {
    rules: istio({ ...listed, dnsServers: ['127.0.0.53'] }),
    releases,
    flows: [
      app.udp('127.0.0.53:53').isRedirected('dns', { then: ['app'] }),
      app.tcp('127.0.0.53:53').isRedirected('dns', { then: ['app'] }),
      proxy.udp('127.0.0.53:53').isDirect({ answeredBy: 'app' }),
      proxy.tcp('127.0.0.53:53').isDirect({ answeredBy: 'app' }),
    ],
  }),

  // What is captured on loopback by TCP is port 53 of anybody's, not of the servers alone.
  scenario('from 1.17: an own DNS server in the pod is reached by TCP through the outbound listener', {
    rules: istio(listed),
    releases,
    tags: ['surprise'],
    flows: [
      app.tcp('pod:53').isRedirected('outbound', { then: ['app'] }),
      app.udp('pod:53').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:53').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:54').isDirect({ answeredBy: 'app' }),
      as({ uid: 1000, gid: 1337 }).tcp('pod:54').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:53').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:54').isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1000, gid: 1337 })
        .tcp('pod:53')
        .isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.31: port 53 excluded takes DNS out of capture, by UDP and TCP', {
    rules: istio({ ...listed, excludeOutboundPorts: '53' }),
    releases: '>=1.31',
    tags: ['istio#53949'],
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('1.17: port 53 excluded takes DNS out of capture by TCP alone', {
    rules: istio({ ...listed, excludeOutboundPorts: '53' }),
    releases: '1.17',
    tags: ['surprise', 'istio#53949'],
    flows: [app.udp('10.96.0.10:53').isRedirected('dns', asked), app.tcp('10.96.0.10:53').isDirect(byPeer)],
  }),

  scenario("from 1.17: the server's range excluded does not take DNS out of capture", {
    rules: istio({ ...listed, excludeIPRanges: '10.96.0.0/16' }),
    releases,
    tags: ['surprise'],
    flows: [
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('10.96.0.10:80').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17: DNS is captured although the server is in no included range', {
    rules: istio({ ...listed, includeIPRanges: '203.0.113.0/24' }),
    releases,
    tags: ['istio#51377'],
    flows: [
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('10.96.0.10:53').isRedirected('dns', asked),
      app.tcp('10.96.0.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.17: an excluded owner group's DNS is not captured", {
    rules: istio({ ...listed, proxyMetadata: { ...capture, ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001' } }),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).udp('10.96.0.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 2001 }).tcp('10.96.0.10:53').isDirect(byPeer),
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
    ],
  }),

  scenario('from 1.17: with included owner groups only their DNS is captured', {
    rules: istio({ ...listed, proxyMetadata: { ...capture, ISTIO_OUTBOUND_OWNER_GROUPS: '2001' } }),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).udp('10.96.0.10:53').isRedirected('dns', asked),
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17: the DNS listener is on loopback alone', {
    rules: istio(listed),
    releases,
    flows: [
      app.udp('lo:15053').isDirect({ answeredBy: 'envoy-dns' }),
      app.tcp('lo:15053').isDirect({ answeredBy: 'envoy-dns' }),
      remote.udp('pod:15053').isRefused(),
      remote.tcp('pod:15053').isRedirected('inbound', { then: ['self'] }),
    ],
  }),

  // The error that says so is of no zone, so that nothing translates it back, and the application never hears of it.
  scenario('from 1.17, proxy down: DNS by UDP is lost without an error, by TCP it is refused', {
    rules: istio(listed),
    releases,
    proxy: 'down',
    tags: ['surprise'],
    flows: [
      app.udp('10.96.0.10:53').isDropped(),
      app.tcp('10.96.0.10:53').isRefused('pod'),
      app.udp('203.0.113.53:53').isDirect(byPeer),
      proxy.udp('10.96.0.10:53').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17, with dual stack: DNS is captured in the families that the pod has servers of', {
    rules: istio({ dnsServers: ['fd00:96::a', '10.96.0.10'], proxyMetadata: { ...capture, ...dualStack } }),
    releases,
    flows: [
      app.udp('[fd00:96::a]:53').isRedirected('dns', asked),
      app.tcp('[fd00:96::a]:53').isRedirected('dns', asked),
      app.udp('10.96.0.10:53').isRedirected('dns', asked),
      app.udp('[2001:db8::53]:53').isDirect(byPeer),
      proxy.udp('[fd00:96::a]:53').isDirect(byPeer),
    ],
  }),

  scenario('from 1.31: without a server that is known DNS is not captured, nor treated in another way', {
    rules: istio({ proxyMetadata: capture }),
    releases: '>=1.31',
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isRedirected('outbound'),
      app.tcp('pod:53').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('1.17: without a server that is known DNS is not captured, but port 53 within the pod is, by TCP', {
    rules: istio({ proxyMetadata: capture }),
    releases: '1.17',
    tags: ['surprise'],
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isRedirected('outbound'),
      app.tcp('pod:53').isRedirected('outbound', { then: ['app'] }),
    ],
  }),

  scenario('without zones and with the proxy down, DNS by UDP is refused', {
    rules: ruleText('istio', unzoned),
    proxy: 'down',
    flows: [app.udp('10.96.0.10:53').isRefused('pod'), proxy.udp('10.96.0.10:53').isDirect(byPeer)],
  }),

  scenario('without zones a source port that the proxy has used takes the application past DNS capture', {
    rules: ruleText('istio', unzoned),
    tags: ['surprise', 'istio#33469'],
    flows: [
      proxy.udp('10.96.0.10:53', { sourcePort: 25304 }).isDirect(answeredByPeer),
      app.udp('10.96.0.10:53', { sourcePort: 25304 }).isDirect(answeredByPeer),
    ],
  }),

  scenario(
    "from 1.17: with the zones taken away a source port that the application has used takes the proxy's query back to itself",
    {
      rules: istio(listed),
      releases,
      cleanUp: 'iptables -t raw -F',
      tags: ['surprise', 'istio#33469'],
      flows: [
        app.udp('10.96.0.10:53', { sourcePort: 25305 }).isRedirected('dns', heard),
        proxy.udp('10.96.0.10:53', { sourcePort: 25305 }).isRedirected('dns', heard),
      ],
    },
  ),

  scenario(
    'from 1.17: with the zones taken away a source port that the proxy has used takes the application past DNS capture',
    {
      rules: istio(listed),
      releases,
      cleanUp: 'iptables -t raw -F',
      tags: ['surprise', 'istio#33469'],
      flows: [
        proxy.udp('10.96.0.10:53', { sourcePort: 25307 }).isDirect(answeredByPeer),
        app.udp('10.96.0.10:53', { sourcePort: 25307 }).isDirect(answeredByPeer),
      ],
    },
  ),
]
