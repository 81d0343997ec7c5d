import type { annotationNames } from './annotation-names.ts'

/**
 * What decides about interception in the mesh's config, by its own names: Helm's `global.proxy.*`; `cni` is
 * `pilot.cni.enabled` (`istio_cni.enabled` up to 1.23); `interceptionMode` and `proxyMetadata` are
 * `meshConfig.defaultConfig.*`. The proxy's IDs and `dnsServers`, what the pod's resolv.conf names, are facts of the
 * pod that no field of Istio's holds.
 */
export interface IstioConfig {
  includeIPRanges?: string
  excludeIPRanges?: string
  includeInboundPorts?: string
  excludeInboundPorts?: string
  includeOutboundPorts?: string
  excludeOutboundPorts?: string
  statusPort?: number
  interceptionMode?: Mode
  cni?: boolean
  /** A comma list. */
  proxyUID?: string
  /** A comma list; the UIDs unless it is given, by CNI 1337. */
  proxyGID?: string
  dnsServers?: readonly string[]
  proxyMetadata?: Readonly<Record<string, string>>
}

export const modes = ['REDIRECT', 'TPROXY', 'NONE'] as const
export type Mode = (typeof modes)[number]

/** Pod annotations that Istio reads about interception. */
export type IstioAnnotations = Partial<Record<(typeof annotationNames)[keyof typeof annotationNames], string>>
