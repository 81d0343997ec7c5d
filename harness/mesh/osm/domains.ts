import type { OptionDomains } from '../mesh.ts'
import { annotations } from './annotations.ts'
import type { OsmConfig } from './options.ts'
import type { Era } from './releases.ts'

const list = <T>(...values: readonly T[]): readonly (readonly T[])[] => [[], values.slice(0, 1), values]
const portLists = list(1, 6379, 65535)
/** More than one multiport match holds (XT_MULTI_PORTS in linux/netfilter/xt_multiport.h). */
const manyPorts = Array.from({ length: 16 }, (_, index) => 9000 + index)
const rangeLists = list('0.0.0.0/0', '203.0.113.0/24', '203.0.113.10/32')

const config = {
  outboundPortExclusionList: [...portLists, manyPorts],
  inboundPortExclusionList: [...portLists, manyPorts],
  outboundIPRangeExclusionList: rangeLists,
  outboundIPRangeInclusionList: rangeLists,
  networkInterfaceExclusionList: list('eth0', 'net1'),
  localProxyMode: ['Localhost', 'PodIP'],
  enablePrivilegedInitContainer: [false, true],
} as const satisfies Record<keyof OsmConfig, readonly unknown[]>

const ports = ['6380', '6380,65535']
const ranges = ['198.51.100.0/24', '198.51.100.0/24,203.0.113.10/32']

const podAnnotations = {
  [annotations.outboundPortExclusions]: ports,
  [annotations.inboundPortExclusions]: ports,
  [annotations.outboundRangeExclusions]: ranges,
  [annotations.outboundRangeInclusions]: ranges,
}

/** What no era before I has, but for its default. */
const later: ReadonlySet<string> = new Set([
  ...['outboundIPRangeInclusionList', 'networkInterfaceExclusionList', 'localProxyMode'],
  ...[annotations.outboundRangeExclusions, annotations.outboundRangeInclusions],
])

/** What each option of OSM's may be, at its edges, as far as a release has it. */
export const osmDomains = (era: Era): OptionDomains => ({
  config: ofEra(era, config),
  podAnnotations: ofEra(era, podAnnotations),
})

const ofEra = <T>(era: Era, domains: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(domains).filter(([name]) => era === 'I' || !later.has(name)))
