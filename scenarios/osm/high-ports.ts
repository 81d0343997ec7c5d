import { app, osm, proxy, remote, scenario } from 'sidetrack'

/** The first and last ports that clients are usually given, their neighbours, and the last port of all. */
const ports = [20000, 32767, 32768, 60999, 61000, 65535] as const

export default [
  scenario('ports that clients are usually given are captured like any other', {
    rules: osm(),
    flows: ports.flatMap((port) => [
      app.tcp(`203.0.113.10:${port}`).isRedirected('outbound'),
      remote.tcp(`pod:${port}`).isRedirected('inbound'),
      proxy.tcp(`203.0.113.10:${port}`).isDirect({ answeredBy: 'peer' }),
      app.udp(`203.0.113.10:${port}`).isDirect({ answeredBy: 'peer' }),
    ]),
  }),

  scenario('ports that clients are usually given can be excluded, each by itself', {
    rules: osm({ outboundPortExclusionList: [20000, 32768, 60999], inboundPortExclusionList: [20000, 32768, 60999] }),
    flows: ports.flatMap((port) => {
      const isExcluded = [20000, 32768, 60999].includes(port)
      const [outward, inward] = [app.tcp(`203.0.113.10:${port}`), remote.tcp(`pod:${port}`)]
      return isExcluded
        ? [outward.isDirect({ answeredBy: 'peer' }), inward.isDirect({ answeredBy: 'app' })]
        : [outward.isRedirected('outbound'), inward.isRedirected('inbound')]
    }),
  }),
]
