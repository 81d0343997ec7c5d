const traffic = 'traffic.sidecar.istio.io'

/** Annotations that decide about interception, by what they say. */
export const annotationNames = {
  includeOutboundIPRanges: `${traffic}/includeOutboundIPRanges`,
  excludeOutboundIPRanges: `${traffic}/excludeOutboundIPRanges`,
  includeInboundPorts: `${traffic}/includeInboundPorts`,
  excludeInboundPorts: `${traffic}/excludeInboundPorts`,
  includeOutboundPorts: `${traffic}/includeOutboundPorts`,
  excludeOutboundPorts: `${traffic}/excludeOutboundPorts`,
  excludeInterfaces: `${traffic}/excludeInterfaces`,
  kubevirtInterfaces: `${traffic}/kubevirtInterfaces`,
  rerouteVirtualInterfaces: 'istio.io/reroute-virtual-interfaces',
  interceptionMode: 'sidecar.istio.io/interceptionMode',
  statusPort: 'status.sidecar.istio.io/port',
  proxyConfig: 'proxy.istio.io/config',
} as const

export type AnnotationKey = keyof typeof annotationNames

/** Whose keys are all listed above: under the others Istio has keys for other purposes as well. */
export const listedPrefix = `${traffic}/`

/** Since when Istio reads an annotation, for those that 1.5 does not know (pkg/kube/inject, by its branches). */
export const annotationsSince: Partial<Record<AnnotationKey, string>> = {
  includeOutboundPorts: '1.7',
  excludeInterfaces: '1.11',
  rerouteVirtualInterfaces: '1.25',
  proxyConfig: '1.6',
}
