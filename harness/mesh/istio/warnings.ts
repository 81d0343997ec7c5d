import { show } from '../show.ts'
import { annotationNames } from './annotation-names.ts'
import { argumentsOf } from './build.ts'
import { split } from './go-values.ts'
import { readRanges } from './ranges.ts'
import type { Release } from './releases.ts'
import type { Settings } from './settings.ts'

/**
 * What passes in Istio and does not do what it says: values that make a rule which does not load, or none; options that
 * nothing reads.
 */
export function warningsOf(release: Release, settings: Settings): string[] {
  const args = argumentsOf(release, settings)
  if (args === undefined) return []
  const { pod } = settings
  const from = (
    key: 'includeInboundPorts' | 'excludeInboundPorts' | 'includeOutboundPorts' | 'excludeOutboundPorts',
  ) => (pod[key] === undefined ? key : annotationNames[key])
  return [
    ...droppedRanges(release, 'includeIPRanges', args.includeOutboundRanges),
    ...droppedRanges(release, 'excludeIPRanges', args.excludeOutboundRanges),
    ...(args.includeInboundPorts === '*'
      ? unloadablePorts(from('excludeInboundPorts'), args.excludeInboundPorts)
      : unloadablePorts(from('includeInboundPorts'), args.includeInboundPorts)),
    ...unloadablePorts(from('includeOutboundPorts'), args.includeOutboundPorts),
    ...unloadablePorts(from('excludeOutboundPorts'), args.excludeOutboundPorts),
    ...unloadableInterfaces(annotationNames.excludeInterfaces, args.excludeInterfaces),
    ...unloadableInterfaces(annotationNames.kubevirtInterfaces, args.rerouteInterfaces),
    ...tooManyGroups(args.ownerGroups),
    ...unread(release, settings),
  ]
}

function droppedRanges(release: Release, option: string, list: string): string[] {
  return readRanges(release, list).dropped.map(
    (range) => `${option}: ${show(range)} is not a range to istio-iptables, and ${release} makes no rule of it`,
  )
}

/** iptables takes numbers, ranges of them (80:90), and names of /etc/services. */
function unloadablePorts(option: string, list: string): string[] {
  const loads = (port: string): boolean =>
    /^([a-z][a-z0-9-]*|\d+(:\d+)?)$/.test(port) && port.split(':').every((each) => !(Number(each) > 65535))
  return split(list)
    .filter((port) => !loads(port.trim()))
    .map((port) => `${option}: ${show(port)} is not a port to iptables: the rule that Istio makes of it does not load`)
}

function unloadableInterfaces(option: string, list: string): string[] {
  return split(list)
    .filter((name) => name.trim().length > 15 || /\s/.test(name.trim()))
    .map(
      (name) =>
        `${option}: ${show(name)} is not an interface to iptables: the rule that Istio makes of it does not load`,
    )
}

/**
 * A rule of iptables-restore has at most 255 words (MAX_ARGC in iptables/xshared.h), and each included group takes five
 * of them.
 */
const mostGroups = 49

function tooManyGroups(groups: string): string[] {
  const { length } = groups === '*' ? [] : split(groups)
  if (length <= mostGroups) return []
  return [
    `ISTIO_OUTBOUND_OWNER_GROUPS: ${length} groups are one rule that iptables-restore does not load: it takes ${mostGroups} ("Parser cannot handle more arguments")`,
  ]
}

function unread(release: Release, { mesh, pod, metadata }: Settings): string[] {
  const says = (name: string): boolean => Object.hasOwn(metadata, name)
  const [own, foreign] =
    release === '1.17' ? ['ISTIO_AGENT_DUAL_STACK', 'ISTIO_DUAL_STACK'] : ['ISTIO_DUAL_STACK', 'ISTIO_AGENT_DUAL_STACK']
  const byCNI = [
    'ISTIO_OUTBOUND_OWNER_GROUPS',
    'ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE',
    'ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR',
    'ISTIO_AGENT_DUAL_STACK',
  ]
  return [
    ...(release === '1.5' && mesh.includeInboundPorts !== '*' && pod.includeInboundPorts === undefined
      ? [`includeInboundPorts: Istio reads Helm's value from 1.12 on; ${release} captures every inbound port`]
      : []),
    // Whoever says both means every release.
    ...(says(foreign) && !says(own) ? [`proxyMetadata.${foreign}: ${release} does not read it, but ${own}`] : []),
    ...(mesh.cni
      ? byCNI
          .filter((name) => says(name) && name !== foreign)
          .map((name) => `proxyMetadata.${name}: the CNI plugin does not read it`)
      : []),
  ]
}
