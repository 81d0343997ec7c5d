import type { Arguments } from './arguments.ts'
import { excludedInbound } from './excluded-inbound.ts'
import { isTrue } from './go-values.ts'
import type { Release } from './releases.ts'
import type { Settings } from './settings.ts'

/**
 * What the injector's template makes the arguments of the container istio-init (files/injection-template.yaml of the
 * chart istio-discovery): each annotation, even an empty one, in place of the mesh's value.
 */
export function initArguments(release: Release, mode: Arguments['mode'], { mesh, pod, metadata }: Settings): Arguments {
  const proxyUIDs = mesh.proxyUID ?? '1337'
  return {
    mode,
    proxyUIDs,
    proxyGIDs: mesh.proxyGID ?? proxyUIDs,
    // Up to 1.11 the template has '*' in place of Helm's value.
    includeInboundPorts: pod.includeInboundPorts ?? (release === '1.5' ? '*' : mesh.includeInboundPorts),
    excludeInboundPorts: excludedHere(release, excludedInbound(mesh, pod)),
    includeOutboundRanges: pod.includeOutboundIPRanges ?? mesh.includeIPRanges,
    excludeOutboundRanges: pod.excludeOutboundIPRanges ?? mesh.excludeIPRanges,
    includeOutboundPorts: pod.includeOutboundPorts ?? mesh.includeOutboundPorts,
    excludeOutboundPorts: pod.excludeOutboundPorts ?? mesh.excludeOutboundPorts,
    excludeInterfaces: pod.excludeInterfaces ?? '',
    rerouteInterfaces: pod.rerouteVirtualInterfaces ?? pod.kubevirtInterfaces ?? '',
    redirectDNS: isTrue(metadata['ISTIO_META_DNS_CAPTURE']),
    captureAllDNS: false,
    dropInvalid: isTrue(metadata['INVALID_DROP']),
    dualStack: isTrue(metadata[release === '1.17' ? 'ISTIO_AGENT_DUAL_STACK' : 'ISTIO_DUAL_STACK']),
    ownerGroups: ownerGroups(release, metadata['ISTIO_OUTBOUND_OWNER_GROUPS']),
    excludeOwnerGroups: metadata['ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE'] ?? '',
    loopbackRange: (release === '1.31' ? metadata['ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR'] : undefined) ?? '127.0.0.1/32',
  }
}

function excludedHere(release: Release, ports: string): string {
  if (release === '1.5') return `15090,${ports}`
  return ports === '' ? '15090,15021' : `15090,15021,${ports}`
}

/** Viper, by which 1.17 reads its environment, takes an empty variable for none. */
function ownerGroups(release: Release, value: string | undefined): string {
  return value === undefined || (value === '' && release === '1.17') ? '*' : value
}
