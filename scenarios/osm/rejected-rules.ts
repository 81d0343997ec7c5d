import { app, proxy, remote, ruleText, scenario } from 'sidetrack'

/** A payload of OSM's shape with further lines of the outbound chain: the first of them is line 14. */
const payload = (...lines: string[]) =>
  [
    '# OSM sidecar interception rules',
    '*nat',
    ':OSM_PROXY_INBOUND - [0:0]',
    ':OSM_PROXY_IN_REDIRECT - [0:0]',
    ':OSM_PROXY_OUTBOUND - [0:0]',
    ':OSM_PROXY_OUT_REDIRECT - [0:0]',
    '-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003',
    '-A PREROUTING -p tcp -j OSM_PROXY_INBOUND',
    '-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT',
    '-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001',
    '-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND',
    '-A OSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN',
    '-A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN',
    ...lines,
    '-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT',
    'COMMIT',
  ].join('\n')

const nothingCaptured = [
  app.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
  proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
  remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
  app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
]

export default [
  scenario('a payload with an IPv6 range among its IPv4 rules leaves nothing', {
    rules: ruleText(
      'osm',
      payload('-A OSM_PROXY_OUTBOUND -d 203.0.113.0/24 -j RETURN', '-A OSM_PROXY_OUTBOUND -d 2001:db8::/32 -j RETURN'),
    ),
    applies: { rejectedAt: 15, leaves: 'nothing' },
    flows: nothingCaptured,
  }),

  scenario('a payload with 16 ports in one multiport match leaves nothing', {
    rules: ruleText(
      'osm',
      payload(
        '-A OSM_PROXY_OUTBOUND -p tcp --match multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j RETURN',
      ),
    ),
    applies: { rejectedAt: 14, leaves: 'nothing' },
    flows: nothingCaptured,
  }),

  scenario('a payload whose second table is bad leaves the first one', {
    rules: ruleText('osm', [payload(), '*filter', '-A OUTPUT -p tcp --dport 65536 -j DROP', 'COMMIT'].join('\n')),
    applies: { rejectedAt: 17, leaves: 'part' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('a bad payload does not touch the rules that were there', {
    // A second table is applied on its own, so the same text can hold good rules and a later, rejected change to them.
    rules: ruleText(
      'osm',
      [
        payload(),
        '*nat',
        ':OSM_PROXY_OUTBOUND - [0:0]',
        '-A OSM_PROXY_OUTBOUND -d 256.0.0.0/8 -j RETURN',
        'COMMIT',
      ].join('\n'),
    ),
    applies: { rejectedAt: 18, leaves: 'part' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('a command chain that fails leaves what came before: here outbound capture alone', {
    rules: ruleText(
      'osm',
      [
        'iptables -t nat -N PROXY_REDIRECT',
        'iptables -t nat -N PROXY_OUTPUT',
        'iptables -t nat -A PROXY_REDIRECT -p tcp -j REDIRECT --to-port 15001',
        'iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT',
        'iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN',
        'iptables -t nat -A PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN',
        'iptables -t nat -A PROXY_OUTPUT -j PROXY_REDIRECT',
        'iptables -t nat -I PROXY_OUTPUT -d 2001:db8::/32 -j RETURN',
        'iptables -t nat -A PREROUTING -p tcp -j REDIRECT --to-port 15003',
      ].join(' && '),
    ),
    applies: { rejectedAt: 8, leaves: 'part' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('a command chain that fails at once leaves nothing', {
    rules: ruleText(
      'osm',
      [
        'iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT',
        'iptables -t nat -A PREROUTING -p tcp -j REDIRECT --to-port 15003',
      ].join(' && '),
    ),
    applies: { rejectedAt: 1, leaves: 'nothing' },
    flows: nothingCaptured,
  }),
]
