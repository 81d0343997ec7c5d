import { families, type Family } from '../core/address.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { type Rule, rulesOf } from '../netfilter/ruleset.ts'
import { loadText } from '../run/loaded-rules.ts'
import { PodAddresses } from '../run/pod-addresses.ts'

/** How many interfaces a pod has beside its first one, at most. */
const mostInterfaces = 4
const [firstInterface, otherInterface] = ['eth0', 'net1']
/** What scenarios call a bridge in the pod. */
const innerBridge = 'br0'

/** The pod in which two rulesets differ where they ask for interfaces: with those that either of them names. */
export interface Topology {
  addresses: PodAddresses
  /** Interfaces that the rules name, and the pod does not have. */
  missing: string[]
}

/** @param podIPs of which families the pod has an address, the primary one first. */
export function topologyFor(texts: readonly RuleText[], podIPs: readonly Family[] = families): Topology {
  const named = new Set(texts.flatMap((text) => rulesOf(loadText(text).ruleset)).flatMap(interfacesIn))
  const hasBridge = named.delete(innerBridge)
  // What is asked of one interface is told apart by another one.
  if (named.delete(firstInterface) && named.size === 0) named.add(otherInterface)
  const sorted = [...named].sort()
  const interfaces = sorted.slice(0, mostInterfaces)
  return {
    addresses: PodAddresses.of({ interfaces, inner: hasBridge, services: [], closed: [], podIPs }),
    missing: sorted.slice(mostInterfaces),
  }
}

/** `net+` is any that begins so: `net0` is one. */
function interfacesIn({ conditions }: Rule): string[] {
  return conditions.flatMap((condition) => {
    if (condition.kind !== 'field' || (condition.field !== 'iif' && condition.field !== 'oif')) return []
    const name = (condition.asked.value ?? '').replace(/\+$/, '0').slice(0, 15)
    return name === 'lo' || !/^[!-.0-~]+$/.test(name) || name.includes('/') ? [] : [name]
  })
}
