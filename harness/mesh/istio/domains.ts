import type { OptionDomains } from '../mesh.ts'
import { type AnnotationKey, annotationNames, annotationsSince } from './annotation-names.ts'
import { metadataSince } from './fields.ts'
import type { IstioConfig } from './options.ts'
import { has, type Release } from './releases.ts'

const ranges = ['', '203.0.113.0/24', '203.0.113.0/24,198.51.100.10/32,2001:db8::/32']
const rangesOrAll = ['*', ...ranges]
const ports = ['', '8080', '8080,0,65535']
const portsOrAll = ['*', ...ports]
/** `NONE` leaves the pod to itself, which 1.31's CNI plugin refuses. */
const interceptionModes = ['REDIRECT', 'TPROXY']

const metadata = {
  ISTIO_META_DNS_CAPTURE: ['true'],
  INVALID_DROP: ['true'],
  ISTIO_OUTBOUND_OWNER_GROUPS: ['', '1000', '1000,2000'],
  ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: ['1000', '1000,2000'],
  ISTIO_AGENT_DUAL_STACK: ['true'],
  ISTIO_DUAL_STACK: ['true'],
  ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: ['127.0.0.1/32', '127.0.0.0/8'],
} as const satisfies Record<keyof typeof metadataSince, readonly string[]>

const podAnnotations = {
  includeOutboundIPRanges: rangesOrAll,
  excludeOutboundIPRanges: ranges,
  includeInboundPorts: portsOrAll,
  excludeInboundPorts: ports,
  includeOutboundPorts: ports,
  excludeOutboundPorts: ports,
  excludeInterfaces: ['net1', 'net1,net2'],
  kubevirtInterfaces: ['br0', 'br0,net1'],
  rerouteVirtualInterfaces: ['br0'],
  interceptionMode: interceptionModes,
  statusPort: ['0', '15020', '8080'],
  proxyConfig: ['interceptionMode: TPROXY', 'proxyMetadata: { INVALID_DROP: "true" }'],
} as const satisfies Record<AnnotationKey, readonly string[]>

/** What each option of Istio's may be, at its edges, as far as a release has it. */
export function istioDomains(release: Release): OptionDomains {
  const known = Object.entries(metadata).filter(([name]) => has(release, metadataSince[name as keyof typeof metadata]))
  const config = {
    includeIPRanges: rangesOrAll,
    excludeIPRanges: ranges,
    includeInboundPorts: portsOrAll,
    excludeInboundPorts: ports,
    includeOutboundPorts: ports,
    excludeOutboundPorts: ports,
    statusPort: [0, 15020, 8080],
    interceptionMode: interceptionModes,
    // What 1.5's plugin loads is a script of another repository.
    cni: release === '1.5' ? [false] : [false, true],
    proxyUID: ['1337', '1337,2000'],
    proxyGID: ['1337', '2000'],
    dnsServers: [[], ['10.96.0.10'], ['10.96.0.10', 'fd00::10']],
    proxyMetadata: [{}, ...known.flatMap(([name, values]) => values.map((value) => ({ [name]: value })))],
  } as const satisfies Record<keyof IstioConfig, readonly unknown[]>
  const isKnown = ([name]: readonly [string, unknown]): boolean =>
    has(release, annotationsSince[name as AnnotationKey] ?? '1.5')
  return {
    // Helm's fields of an annotation's name have come with it.
    config: Object.fromEntries(Object.entries(config).filter(isKnown)),
    podAnnotations: Object.fromEntries(
      Object.entries(podAnnotations)
        .filter(isKnown)
        .map(([key, values]) => [annotationNames[key as AnnotationKey], values]),
    ),
  }
}
