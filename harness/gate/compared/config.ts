import { createHash } from 'node:crypto'
import { families, type Family } from '../../core/address.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'

/** One config that both sources are asked for. */
export interface GateConfig extends Pick<ProfileRequest, 'config' | 'podAnnotations'> {
  /** As ids have it: a file's name, `default` for the empty config, or a hash of what it says. */
  name: string
  /** Of which families the pod has an address, the primary one first; by default both. */
  podIPs?: readonly Family[]
}

/** Names a config by what it says, so that its id stays whatever stands around it. */
export function nameOf({ config, podAnnotations, podIPs = families }: Omit<GateConfig, 'name'>): string {
  const pod = podIPs.join() === families.join() ? undefined : podIPs
  if (Object.keys(config).length + Object.keys(podAnnotations).length === 0 && pod === undefined) return 'default'
  return `config-${hashOf({ config, podAnnotations, pod })}`
}

/** Eight characters that tell values apart, whatever the order of their keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortedKeys)).digest('hex').slice(0, 8)
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A config in a line: `localProxyMode: PodIP, outboundPortExclusionList: [6379]`. */
export function describeConfig({ config, podAnnotations, podIPs }: Omit<GateConfig, 'name'>): string {
  const parts = [...Object.entries(config), ...Object.entries(podAnnotations)].map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  if (podIPs !== undefined && podIPs.join() !== families.join()) parts.push(`a pod of ${podIPs.join(' and ')}`)
  return parts.length === 0 ? 'the empty config' : parts.join(', ')
}
