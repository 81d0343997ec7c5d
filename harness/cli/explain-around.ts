import { type Family, familyOf } from '../core/address.ts'
import { HarnessError } from '../core/errors.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { Ruleset } from '../iptables/tree.ts'
import { findMesh, newestRelease } from '../mesh/index.ts'
import type { Profile } from '../mesh/profile.ts'
import type { RuleSource } from '../source/source.ts'
import type { ConfigInput } from './config.ts'
import { usual } from './explain-flow.ts'

/** Whose proxy is there. */
export function chooseProfile(mesh: { name: string; release?: string } | undefined, source: RuleSource, config: ConfigInput): Profile {
  if (mesh === undefined && source.profile !== undefined) return source.profile
  const found = findMesh(mesh?.name ?? config.mesh ?? 'osm')
  return found.profile(mesh?.release ?? newestRelease(found))
}

/** A pod with one interface, and the proxy in it. */
export function surroundingOf(
  { destination, source, family }: ConcreteFlow,
  profile: Profile,
  { podIPs = [] }: ConfigInput,
  device: string | undefined,
) {
  const isOwn = (address: string | undefined): address is string =>
    address !== undefined && !address.startsWith('127.') && address !== '::1'
  const said = device === undefined ? source?.address : destination.address
  const pod = { ...usual.pod }
  for (const address of podIPs.toReversed()) Object.assign(pod, { [familyOf(address) ?? family]: address })
  if (isOwn(said)) Object.assign(pod, { [family]: said })
  const { proxy, ports, families } = profile
  const link = {
    name: device ?? 'eth0',
    pod: { ipv4: `${pod.ipv4}/32`, ipv6: `${pod.ipv6}/128` },
    peer: { ipv4: `${usual.peer.ipv4}/32`, ipv6: `${usual.peer.ipv6}/128` },
  }
  return { links: [link], proxy: { credentials: proxy, state: 'up' as const, families, ports, services: [] } }
}

/** The rules of the flow's family. A builder is asked for none where the mesh captures nothing of it; a text may hold some all the same. */
export async function readRuleset(
  source: RuleSource,
  { config, podAnnotations, podIPs = [], mesh: name }: ConfigInput,
  profile: Profile,
  family: Family,
  podAddress: string,
): Promise<{ ruleset: Ruleset; texts: RuleText[] }> {
  const { loadRules } = await import('../iptables/load.ts')
  if (source.kind === 'builder' && !profile.families.includes(family)) return { ruleset: loadRules([], family).ruleset, texts: [] }
  const addresses = podIPs.length > 0 ? podIPs : [podAddress.slice(0, podAddress.indexOf('/'))]
  const mesh = name ?? profile.mesh
  const text = await source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs: addresses, family })
  const texts = text === undefined ? [] : [text]
  const { ruleset, failed } = loadRules(texts, family)
  if (failed !== undefined)
    throw new HarnessError('input', `${source.id}: ${failed.message}`, { cause: failed, ...(failed.hint && { hint: failed.hint }) })
  return { ruleset, texts }
}
