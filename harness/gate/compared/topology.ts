import { interfacesInSet } from '../../netfilter/field-questions.ts'
import { families, type Family } from '../../core/address.ts'
import { isBridgeName } from '../../flow/bridge-names.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { type Rule, type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'
import { PodAddresses, standardInner } from '../../run/plan/pod-addresses.ts'

/** How many interfaces a pod has beside its first one, at most. */
const mostInterfaces = 4
const [firstInterface, otherInterface] = ['eth0', 'net1']
/** The pod in which two rulesets differ where they ask for interfaces: with those that either of them names. */
export interface Topology {
  addresses: PodAddresses
  /** Interfaces that the rules name, and the pod does not have. */
  missing: string[]
  /** Those by which something may come in for somebody else than the pod, which is not sent here. */
  passing: string[]
}

/**
 * An interface that rules name by what comes in alone is taken for a bridge in the pod, from behind which somebody sends
 * past it, as Istio's rerouted interfaces are; one pod has one of them, which speaks IPv4. There is one as well where
 * rules ask for what is sent past the pod by no interface's name.
 * @param podIPs of which families the pod has an address, the primary one first.
 */
export function topologyFor(texts: readonly RuleText[], podIPs: readonly Family[] = families): Topology {
  const loaded = texts.map((text) => ({ family: text.family, ruleset: loadText(text).ruleset }))
  const asked = loaded.flatMap(({ family, ruleset }) =>
    rulesOf(ruleset).flatMap((rule) => interfacesIn(rule).map((one) => ({ ...one, family }))),
  )
  const named = new Set(asked.map(({ name }) => name))
  const bridges = [...named]
    .filter((name) => name !== firstInterface)
    .filter((name) => isBridgeName(name) || asked.every((one) => one.name !== name || one.field === 'iif'))
    .sort((a, b) => Number(isBridgeName(b)) - Number(isBridgeName(a)) || (a < b ? -1 : 1))
  const isOfIPv4 = (bridge: string): boolean =>
    isBridgeName(bridge) || asked.every(({ name, family }) => name !== bridge || family === 'ipv4')
  const isPassed = loaded.some(({ family, ruleset }) => family === 'ipv4' && asksOfForwarded(ruleset))
  const found = bridges.find(isOfIPv4) ?? (isPassed ? standardInner.bridge : undefined)
  const bridge = podIPs.includes('ipv4') ? found : undefined
  if (bridge !== undefined) named.delete(bridge)
  // What is asked of one interface is told apart by another one.
  if (named.delete(firstInterface) && named.size === 0) named.add(otherInterface)
  const sorted = [...named].sort()
  const interfaces = sorted.slice(0, mostInterfaces)
  const plain = PodAddresses.of({ interfaces, inner: bridge !== undefined, services: [], closed: [], podIPs })
  const { links, inner } = plain
  return {
    addresses:
      bridge === undefined || inner === undefined
        ? plain
        : new PodAddresses({ links, podIPs, inner: { ...inner, bridge } }),
    missing: sorted.slice(mostInterfaces),
    passing: bridges.filter((name) => name !== bridge),
  }
}

/** Whether rules tell what is forwarded from what is for the pod. */
function asksOfForwarded(ruleset: Ruleset): boolean {
  const chains = [...ruleset.tables.values()].flatMap((table) => [...table.chains.values()])
  return (
    chains.some(({ base, rules }) => base?.hook === 'FORWARD' && (rules.length > 0 || base.policy === 'drop')) ||
    rulesOf(ruleset).some(({ conditions }) =>
      conditions.some((condition) => condition.kind === 'address-type' && condition.side === 'destination'),
    )
  )
}

/** `net+` is any that begins so: `net0` is one. */
function interfacesIn({ conditions }: Rule): { name: string; field: 'iif' | 'oif' }[] {
  return conditions.flatMap((condition) => {
    const inSet = (['iif', 'oif'] as const).flatMap((field) =>
      interfacesInSet(condition, field).map((name) => ({ name, field })),
    )
    if (inSet.length > 0) return inSet.filter(({ name }) => name !== 'lo' && /^[!-.0-~]+$/.test(name))
    if (condition.kind !== 'field' || (condition.field !== 'iif' && condition.field !== 'oif')) return []
    const name = (condition.asked.value ?? '').replace(/\+$/, '0').slice(0, 15)
    const isNone = name === 'lo' || !/^[!-.0-~]+$/.test(name) || name.includes('/')
    return isNone ? [] : [{ name, field: condition.field }]
  })
}
