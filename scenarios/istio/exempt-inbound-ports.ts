import { app, istio, proxy, remote, scenario } from 'sidetrack'

const status = { answeredBy: 'envoy-status' } as const
const health = { answeredBy: 'envoy-health' } as const
const metrics = { answeredBy: 'envoy-metrics' } as const
const inbound = { then: ['app'] } as const

export default [
  scenario('from 1.17: 15020, 15021 and 15090 are left alone inbound, the ports beside them are not', {
    rules: istio(),
    releases: '>=1.17',
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:15020', { http: true }).isDirect(status),
      remote.tcp('pod:15021', { http: true }).isDirect(health),
      remote.tcp('pod:15090', { http: true }).isDirect(metrics),
      remote.on('net1').tcp('pod.net1:15021', { http: true }).isDirect(health),
      remote.tcp('pod:15019').isRedirected('inbound', inbound),
      remote.tcp('pod:15022').isRedirected('inbound', inbound),
      remote.tcp('pod:15089').isRedirected('inbound', inbound),
      remote.tcp('pod:15091').isRedirected('inbound', inbound),
    ],
  }),

  scenario('from 1.17: 15008 is left alone inbound, the ports beside it are not', {
    rules: istio(),
    releases: '>=1.17',
    flows: [
      remote.tcp('pod:15008').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15007').isRedirected('inbound', inbound),
      remote.tcp('pod:15009').isRedirected('inbound', inbound),
    ],
  }),

  scenario('1.5: 22, 15020 and 15090 are left alone inbound, 15008 and 15021 are not', {
    rules: istio(),
    releases: '1.5',
    flows: [
      remote.tcp('pod:22').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15020', { http: true }).isDirect(status),
      remote.tcp('pod:15090', { http: true }).isDirect(metrics),
      remote.tcp('pod:15008').isRedirected('inbound', inbound),
      remote.tcp('pod:15021').isRedirected('inbound', inbound),
      remote.tcp('pod:21').isRedirected('inbound', inbound),
      remote.tcp('pod:23').isRedirected('inbound', inbound),
    ],
  }),

  scenario('from 1.17: SSH is captured like any other port', {
    rules: istio(),
    releases: '>=1.17',
    flows: [remote.tcp('pod:22').isRedirected('inbound', inbound), app.tcp('203.0.113.10:22').isRedirected('outbound')],
  }),

  scenario('another status port is exempt in the place of 15020', {
    rules: istio({ statusPort: 16020 }),
    flows: [
      remote.tcp('pod:16020', { http: true }).isDirect(status),
      remote.tcp('pod:15020').isRedirected('inbound', inbound),
      remote.tcp('pod:16021').isRedirected('inbound', inbound),
    ],
  }),

  scenario('status port 0: 15020 is captured like any other port', {
    rules: istio({ statusPort: 0 }),
    flows: [
      remote.tcp('pod:15020').isRedirected('inbound', inbound),
      remote.tcp('pod:15090', { http: true }).isDirect(metrics),
    ],
  }),

  scenario("a pod's own status port replaces the mesh's", {
    rules: istio({ statusPort: 16020 }, { 'status.sidecar.istio.io/port': '17020' }),
    flows: [
      remote.tcp('pod:17020', { http: true }).isDirect(status),
      remote.tcp('pod:16020').isRedirected('inbound', inbound),
      remote.tcp('pod:15020').isRedirected('inbound', inbound),
    ],
  }),

  scenario('from 1.17, by CNI: 15020 is exempt beside another status port, and outbound', {
    rules: istio({ cni: true, statusPort: 16020 }),
    releases: '>=1.17',
    flows: [
      remote.tcp('pod:16020', { http: true }).isDirect(status),
      remote.tcp('pod:15020').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15021', { http: true }).isDirect(health),
      remote.tcp('pod:15090', { http: true }).isDirect(metrics),
      app.tcp('203.0.113.10:15020').isDirect({ answeredBy: 'peer' }),
      app.tcp('203.0.113.10:15021').isRedirected('outbound'),
      app.tcp('203.0.113.10:16020').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound', inbound),
    ],
  }),

  scenario('from 1.17, by CNI: a port that is excluded outbound takes the place of 15020', {
    rules: istio({ cni: true, excludeOutboundPorts: '6379' }),
    releases: '>=1.17',
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      app.tcp('203.0.113.10:15020').isRedirected('outbound'),
    ],
  }),

  // Exemptions stand in PREROUTING alone.
  scenario('from 1.17: the proxy that dials an exempt port of its own pod goes through the inbound listener', {
    rules: istio(),
    releases: '>=1.17',
    flows: [
      proxy.tcp('pod:15021').isRedirected('inbound', { then: ['self'] }),
      proxy.tcp('pod:15090').isRedirected('inbound', { then: ['self'] }),
      app.tcp('pod:15021', { http: true }).isDirect(health),
      app.tcp('pod:15090', { http: true }).isDirect(metrics),
    ],
  }),
]
