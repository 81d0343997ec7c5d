import { app, proxy, remote, ruleText, scenario } from 'sidetrack'

/** What captures traffic, as few rules as will do, with whatever else stands in table raw. */
const capturing = (...raw: string[]) =>
  ruleText(
    'osm',
    [
      '*raw',
      ...raw,
      'COMMIT',
      '*nat',
      '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
      '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
      'COMMIT',
      '',
    ].join('\n'),
  )

export default [
  scenario('in a zone of connection tracking the listeners get it, and do not know what for', {
    rules: capturing('-A OUTPUT -p tcp -j CT --zone 5', '-A PREROUTING -i eth0 -p tcp -j CT --zone 5'),
    flows: [
      app.tcp('203.0.113.10:80').isCaptured('outbound', { then: [] }),
      app.tcp('pod:8080').isCaptured('outbound', { then: [] }),
      remote.tcp('pod:8080').isCaptured('inbound', { then: [] }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:15001').isDirect({ answeredBy: 'envoy-outbound' }),
    ],
  }),

  scenario(
    'a zone for what is sent alone leaves the answers in the common one, where the original destination is found',
    {
      rules: capturing('-A OUTPUT -p tcp --dport 80 -j CT --zone-orig 5'),
      flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), remote.tcp('pod:8080').isRedirected('inbound')],
    },
  ),
]
