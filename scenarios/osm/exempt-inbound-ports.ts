import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const http = { http: true } as const
const metrics = { answeredBy: 'envoy-metrics' } as const
const probe = { answeredBy: 'envoy-probe' } as const

export default [
  scenario('metrics and probe ports answer themselves, inside and outside, their neighbours do not', {
    rules: osm(),
    flows: [
      remote.tcp('pod:15010', http).isDirect(metrics),
      remote.tcp('pod:15901', http).isDirect(probe),
      remote.tcp('pod:15902', http).isDirect(probe),
      remote.tcp('pod:15903', http).isDirect(probe),
      remote.tcp('pod:15009').isRedirected('inbound'),
      remote.tcp('pod:15011').isRedirected('inbound'),
      remote.tcp('pod:15900').isRedirected('inbound'),
      remote.tcp('pod:15905').isRedirected('inbound'),
      app.tcp('lo:15010', http).isDirect(metrics),
      app.tcp('lo:15901', http).isDirect(probe),
      root.tcp('lo:15902', http).isDirect(probe),
      proxy.tcp('lo:15903', http).isDirect(probe),
    ],
  }),

  scenario('up to 0.11: 15904 is an ordinary port and captured', {
    rules: osm(),
    releases: '<=0.11',
    flows: [
      remote.tcp('pod:15904').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15903', http).isDirect(probe),
    ],
  }),

  // A probe of a captured port always succeeds, because the inbound listener accepts: the reason for 15904.
  scenario(
    'from 1.1: a closed port looks open through the proxy, the TCP health check on 15904 is answered by the proxy itself',
    {
      rules: osm(),
      releases: '>=1.1',
      closed: ['pod:8080'],
      flows: [
        remote.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
        remote.tcp('pod:15904', http).isDirect(probe),
        remote.tcp('pod:8081').isRedirected('inbound', { then: ['app'] }),
        remote.tcp('pod:15905').isRedirected('inbound', { then: ['app'] }),
      ],
    },
  ),

  scenario('exempt ports are exempt on every interface', {
    rules: osm(),
    interfaces: ['net1'],
    flows: [
      remote.on('net1').tcp('pod.net1:15010', http).isDirect(metrics),
      remote.on('net1').tcp('pod.net1:15901', http).isDirect(probe),
      remote.on('net1').tcp('pod.net1:15903', http).isDirect(probe),
      remote.on('net1').tcp('pod.net1:15011').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.1: 15904 is exempt on every interface', {
    rules: osm(),
    releases: '>=1.1',
    interfaces: ['net1'],
    flows: [
      remote.on('net1').tcp('pod.net1:15904', http).isDirect(probe),
      remote.on('net1').tcp('pod.net1:15905').isRedirected('inbound'),
    ],
  }),

  scenario('exempt ports stay exempt beside an inbound exclusion', {
    rules: osm({ inboundPortExclusionList: [15011] }),
    flows: [
      remote.tcp('pod:15011').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15010', http).isDirect(metrics),
      remote.tcp('pod:15901', http).isDirect(probe),
      remote.tcp('pod:15012').isRedirected('inbound'),
    ],
  }),
]
