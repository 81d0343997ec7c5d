/**
 * The fields of OSM's MeshConfig that decide about interception, by their own names (`spec.traffic.*`,
 * `spec.sidecar.*`).
 */
export interface OsmConfig {
  outboundPortExclusionList?: readonly number[]
  inboundPortExclusionList?: readonly number[]
  outboundIPRangeExclusionList?: readonly string[]
  outboundIPRangeInclusionList?: readonly string[]
  networkInterfaceExclusionList?: readonly string[]
  localProxyMode?: 'Localhost' | 'PodIP'
  enablePrivilegedInitContainer?: boolean
}

/** Pod annotations that OSM reads; their values are comma lists. */
export type OsmAnnotations = Partial<
  Record<
    `openservicemesh.io/${'outbound-port-exclusion-list' | 'inbound-port-exclusion-list' | 'outbound-ip-range-exclusion-list' | 'outbound-ip-range-inclusion-list'}`,
    string
  >
>

/** What mesh config and pod annotations say together: checked, merged, without repeats. */
export interface Interception {
  outboundPortExclusions: readonly number[]
  inboundPortExclusions: readonly number[]
  outboundRangeExclusions: readonly string[]
  outboundRangeInclusions: readonly string[]
  interfaceExclusions: readonly string[]
  localProxyMode: 'Localhost' | 'PodIP'
}
