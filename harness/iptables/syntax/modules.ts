import type { Family } from '../../core/address.ts'
import type { MatchExtension } from '../extensions/extension.ts'
import { matches } from '../extensions/matches.ts'
import { protocolCalled, protocolName } from '../words/protocols.ts'

const byName: Readonly<Record<string, MatchExtension | Readonly<Record<Family, MatchExtension>>>> = matches
const icmp6Names = ['icmpv6', 'ipv6-icmp', 'icmp6']

/**
 * @returns what is known of `-m NAME` in a family, and what it is called there; undefined if iptables 1.8.9 has no such
 * module.
 */
export function findModule(name: string, family: Family): { name: string; spec: MatchExtension } | undefined {
  const own = icmp6Names.includes(name) ? 'icmp6' : name
  const found = Object.hasOwn(byName, own) ? byName[own] : undefined
  const spec = found !== undefined && 'ipv4' in found ? found[family] : found
  return spec === undefined || (spec.family !== undefined && spec.family !== family) ? undefined : { name: own, spec }
}

/**
 * The module that a protocol's own options belong to, so that they need no `-m` (find_proto in iptables/xshared.c).
 * @param text in lower case.
 */
export function moduleOfProtocol(
  text: string,
  number: number,
  family: Family,
): { name: string; spec: MatchExtension } | undefined {
  return findModule(protocolCalled(text) === undefined ? protocolName(number) : text, family)
}

/** All that any module is called. */
export const moduleNames: readonly string[] = Object.keys(byName)
