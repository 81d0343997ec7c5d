import { app, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const table = (name: string, ...rules: string[]): string => `*${name}\n${rules.join('\n')}\nCOMMIT\n`

/**
 * As much of a sidecar's rules as an earlier set may have left in the other backend: everything is captured but the
 * proxy's own.
 */
const captureAll = table(
  'nat',
  '-A PREROUTING -p tcp -j REDIRECT --to-ports 15006',
  '-A OUTPUT -o lo -j RETURN',
  '-A OUTPUT -m owner --uid-owner 1337 -j RETURN',
  '-A OUTPUT -m owner --gid-owner 1337 -j RETURN',
  '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
)

export default [
  scenario("another program's translations that were there first keep their connections, the rest is captured", {
    rules: istio(),
    beside: {
      before: table(
        'nat',
        '-A OUTPUT -d 10.96.0.10/32 -p tcp --dport 80 -j DNAT --to-destination 198.51.100.20:81',
        '-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 8081',
      ),
    },
    tags: ['surprise'],
    flows: [
      app.tcp('10.96.0.10:80').isTranslated('198.51.100.20:81'),
      proxy.tcp('10.96.0.10:80').isTranslated('198.51.100.20:81'),
      remote.tcp('pod:8080').isTranslated('pod:8081'),
      app.tcp('10.96.0.10:81').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8081').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario("another program's translations behind the mesh's rules are of what those leave alone", {
    rules: istio({ excludeOutboundPorts: '6379' }, { 'traffic.sidecar.istio.io/excludeInboundPorts': '5432' }),
    beside: {
      after: table(
        'nat',
        '-A OUTPUT -d 203.0.113.10/32 -p tcp -j DNAT --to-destination 198.51.100.20',
        '-A PREROUTING -p tcp -j REDIRECT --to-ports 8080',
      ),
    },
    flows: [
      app.tcp('203.0.113.10:6379').isTranslated('198.51.100.20:6379'),
      proxy.tcp('203.0.113.10:80').isTranslated('198.51.100.20:80'),
      remote.tcp('pod:5432').isTranslated('pod:8080'),
      app.tcp('203.0.113.11:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // filter comes behind nat, and sees the listener's port; the dialled one it meets when the proxy dials on.
  scenario("another program's filter meets a captured connection at the proxy, whom it refuses the port", {
    rules: istio(),
    beside: {
      before: table(
        'filter',
        '-A OUTPUT -p tcp --dport 6379 -j REJECT --reject-with tcp-reset',
        '-A INPUT -p tcp --dport 8080 -j REJECT --reject-with tcp-reset',
      ),
    },
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:6379').isRedirected('outbound', { then: ['refused'] }),
      proxy.tcp('203.0.113.10:6379').isRefused('pod'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('203.0.113.10:6380').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8081').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario("another program's filter that refuses the listeners' ports cuts off what is captured, and nothing else", {
    rules: istio({ excludeOutboundPorts: '6379' }),
    beside: {
      after: table('filter', '-A OUTPUT -p tcp -m multiport --dports 15001,15006 -j REJECT --reject-with tcp-reset'),
    },
    flows: [
      app.tcp('203.0.113.10:80').isRefused('pod'),
      root.tcp('203.0.113.10:80').isRefused('pod'),
      proxy.tcp('pod:8080').isRefused('pod'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // Without an entry in connection tracking nat is not asked.
  scenario('a connection that another program keeps from connection tracking passes by the proxy', {
    rules: istio(),
    beside: {
      before: table(
        'raw',
        '-A OUTPUT -p tcp --dport 9000 -j CT --notrack',
        '-A PREROUTING -p tcp --sport 9000 -j CT --notrack',
      ),
    },
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:9000').isDirect(byPeer),
      app.tcp('203.0.113.10:9001').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // nat is one for both: it asks the hooks of either until one of them translates.
  scenario('with rules in both backends, what the one excludes the other captures', {
    rules: istio({ excludeOutboundPorts: '6379' }, { 'traffic.sidecar.istio.io/excludeInboundPorts': '5432' }),
    beside: { otherBackend: captureAll },
    tags: ['surprise', 'istio#15519', 'istio#57385'],
    flows: [
      app.tcp('203.0.113.10:6379').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:5432').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario('with rules in both backends, what both leave alone goes directly, and nothing loops', {
    rules: istio(),
    services: { '10.96.0.10:80': 'pod:8080' },
    beside: { otherBackend: captureAll },
    tags: ['istio#15519'],
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.udp('203.0.113.10:80').isDirect(byPeer),
      remote.udp('pod:8080').isDirect(byApp),
    ],
  }),

  // What a machine forwards passes PREROUTING as well, whose chain of the mesh asks for no address of its own.
  scenario('what is forwarded to containers behind a bridge is captured on its way, and what they send as well', {
    rules: istio(),
    behind: { docker0: ['172.17.0.0/16', 'fd00:17::/64'] },
    families: ['ipv4'],
    tags: ['surprise', 'istio#42822'],
    flows: [
      remote.tcp('172.17.0.2:8080').isRedirected('inbound', { then: ['refused'] }),
      remote.udp('172.17.0.2:8080').isDirect(byPeer),
      remote
        .on('docker0')
        .tcp('203.0.113.10:80')
        .isRedirected('inbound', { then: ['refused'] }),
      remote.tcp('[fd00:17::2]:8080').isDirect(byPeer),
      remote.on('docker0').udp('[2001:db8::10]:53').isDirect(byPeer),
    ],
  }),
]
