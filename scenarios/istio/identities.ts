import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const

export default [
  scenario("the proxy's UID and GID are exempt, the IDs beside them are not", {
    rules: istio(),
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1336 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1338 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 1336 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 1338 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 65534 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("an application with the proxy's UID bypasses it, whatever its group (documented)", {
    rules: istio(),
    tags: ['surprise', 'istio#4286'],
    flows: [
      as({ uid: 1337, gid: 1000 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1337, gid: 0 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1337, gid: 1000, groups: [2000] })
        .tcp('203.0.113.10:80')
        .isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).tcp('lo:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  // A pod's fsGroup or runAsGroup of 1337 is enough.
  scenario('an application whose primary group is 1337 bypasses the proxy (documented)', {
    rules: istio(),
    tags: ['surprise', 'istio#27202'],
    flows: [
      as({ uid: 10001, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 0, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 10001, gid: 1337 }).tcp('peer:443').isDirect(byPeer),
      as({ uid: 10001, gid: 10001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('a supplementary group 1337 does not exempt: the primary one alone counts', {
    rules: istio(),
    tags: ['istio#27202'],
    flows: [
      as({ uid: 10001, gid: 10001, groups: [1337] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
      as({ uid: 0, gid: 0, groups: [1337, 1000] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
    ],
  }),

  // A segment of no connection is invalid to connection tracking, and nat never sees it.
  scenario('a process that may use raw sockets sends past the proxy (documented)', {
    rules: istio(),
    tags: ['surprise', 'istio#32223'],
    flows: [
      root.tcp('203.0.113.10:80', { raw: 'FIN' }).isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:80', { raw: 'RST' }).isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('root is an application like any other', {
    rules: istio({ excludeOutboundPorts: '6379' }),
    flows: [
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:6379').isDirect(byPeer),
      root.tcp('lo:8080').isDirect(byApp),
      root.tcp('pod:8080').isDirect(byApp),
      root.udp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  // The rule for all others than UID 1337 on lo stands before the group's, so that the group never gets to its own.
  scenario('within the pod only UID 1337 passes the inbound listener; group 1337 alone does not', {
    rules: istio(),
    tags: ['surprise'],
    flows: [
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1337, gid: 1000 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1000, gid: 1337 }).tcp('pod:8080').isDirect(byApp),
      as({ uid: 1336 }).tcp('pod:8080').isDirect(byApp),
      as({ uid: 1338 }).tcp('pod:8080').isDirect(byApp),
      root.tcp('pod:8080').isDirect(byApp),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('several UIDs are all exempt, but only the first one passes the inbound listener within the pod', {
    rules: istio({ proxyUID: '1337,2001' }),
    tags: ['surprise'],
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 2001, gid: 1000 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 2000 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      as({ uid: 2001, gid: 1000 }).tcp('pod:8080').isDirect(byApp),
    ],
  }),

  // Nobody gives the flag for groups, so that they are the users' numbers.
  scenario('a proxy UID of its own exempts the group of that number, too (documented)', {
    rules: istio({ proxyUID: '8001' }),
    tags: ['surprise', 'istio#6576'],
    flows: [
      as({ uid: 5001, gid: 8001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 8001, gid: 5001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1337, gid: 1337 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('with a proxy GID of its own, the group of the UID is no longer exempt', {
    rules: istio({ proxyUID: '8001', proxyGID: '8002' }),
    tags: ['istio#6576'],
    flows: [
      as({ uid: 5001, gid: 8001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 5001, gid: 8002 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 8001, gid: 5001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.31, by CNI: the proxy's UID and GID are those of its container", {
    rules: istio({ cni: true, proxyUID: '8001' }),
    releases: '>=1.31',
    flows: [
      as({ uid: 8001, gid: 5001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 5001, gid: 8001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 5001, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),
]
