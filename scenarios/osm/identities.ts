import { app, as, osm, proxy, remote, root, scenario } from 'sidetrack'

export default [
  scenario("the proxy's UID is exempt, the UIDs beside it are not", {
    rules: osm(),
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1499 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1501 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 65534 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('the UID that the proxy had before 0.8 is no longer exempt', {
    rules: osm(),
    flows: [
      as({ uid: 1337 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1500, gid: 1337 }).tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('an application that runs as UID 1500 bypasses the proxy (documented)', {
    rules: osm(),
    flows: [
      as({ uid: 1500 }).tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1500, gid: 1000 }).tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1500, gid: 1000, groups: [1000, 2000] })
        .tcp('203.0.113.10:80')
        .isDirect({ answeredBy: 'peer' }),
      as({ uid: 1500 }).tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('the group 1500 has no effect, neither primary nor supplementary', {
    rules: osm(),
    flows: [
      as({ uid: 1000, gid: 1500 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 1000, groups: [1500] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
      as({ uid: 0, gid: 1500 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      // The proxy's own group is 0, which is root's as well.
      as({ uid: 1000, gid: 0 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('root is an application like any other', {
    rules: osm({ outboundPortExclusionList: [6379] }),
    flows: [
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      root.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      root.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('from 1.0: on lo, too, only UID 1500 passes the inbound listener', {
    rules: osm(),
    releases: '>=1.0',
    flows: [
      proxy.tcp('pod:8080').isRedirected('inbound'),
      as({ uid: 1500 }).tcp('pod:8080').isRedirected('inbound'),
      as({ uid: 1499 }).tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      as({ uid: 1501 }).tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      as({ uid: 1000, gid: 1500 }).tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      root.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('up to 0.11: only UID 1500 is exempt, on every path', {
    rules: osm(),
    releases: '<=0.11',
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1500 }).tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1500 }).tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      as({ uid: 1499 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1501 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1501 }).tcp('pod:8080').isRedirected('outbound'),
      as({ uid: 1000, gid: 1500 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 1000, groups: [1500] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.ping('203.0.113.10').isDirect(),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),
]
