import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const releases = '>=1.17'
const include = (groups: string) => ({ proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: groups } })
const exclude = (groups: string) => ({ proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: groups } })

export default [
  scenario('from 1.17: only an included group is captured, by its primary number', {
    rules: istio(include('2001')),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      root.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 1000, groups: [2001] })
        .tcp('203.0.113.10:80')
        .isDirect(byPeer),
      as({ uid: 2001, gid: 1000 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2002 }).tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: several included groups are all captured, and nobody else', {
    rules: istio(include('2001,2003')),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 2003 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 2002 }).tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: excluded groups are not captured, everybody else is', {
    rules: istio(exclude('2001,2003')),
    releases,
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2003 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2002 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 1000, groups: [2001] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1337, gid: 2001 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: an exclude list has no say beside an include list', {
    rules: istio({
      proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: '2001', ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001' },
    }),
    releases,
    tags: ['surprise'],
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario('from 1.31: an empty include list captures nobody', {
    rules: istio(include('')),
    releases: '>=1.31',
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      root.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('1.17: an empty include list is as good as none', {
    rules: istio(include('')),
    releases: '1.17',
    tags: ['surprise'],
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), root.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario('from 1.17, by CNI: owner groups have no say', {
    rules: istio({ cni: true, ...include('2001') }),
    releases,
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: an excluded group that calls its own pod by a service is not captured on the way', {
    rules: istio(exclude('2001')),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('10.96.0.10:80').isDirect(byPeer),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),
]
