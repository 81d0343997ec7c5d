import { fieldQuestions, interfacesInSet } from '../../netfilter/field-questions.ts'
import { families, type Family } from '../../core/address.ts'
import { isBridgeName } from '../../flow/bridge-names.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { IntervalSet } from '../../netfilter/interval-set.ts'
import { type Rule, type Ruleset, rulesOf, rulesReached } from '../../netfilter/ruleset.ts'
import { addressNumber, interfaceNumber } from '../../netfilter/wide-values.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'
import { PodAddresses } from '../../run/plan/pod-addresses.ts'

/** How many interfaces a pod has beside its first one, at most; and how many with others behind them. */
const mostInterfaces = 4
const [firstInterface, standardBridge] = ['eth0', 'br0']

/**
 * The pod in which two rulesets differ where they ask for interfaces: with those that either of them names, and with one
 * that none does where no other stands for it.
 */
export interface Topology {
  addresses: PodAddresses
  /** Interfaces that the rules name, and the pod does not have. */
  missing: string[]
}

/**
 * An interface that rules name by what comes in alone is taken for a bridge in the pod, from behind which somebody sends
 * past it, as Istio's rerouted interfaces are. There is one as well where rules ask for what is sent past the pod by no
 * interface's name, or on the way in for an address of some range.
 * @param podIPs of which families the pod has an address, the primary one first.
 */
export function topologyFor(texts: readonly RuleText[], podIPs: readonly Family[] = families): Topology {
  const rulesets = texts.map((text) => loadText(text).ruleset)
  const asked = rulesets.flatMap((ruleset) => rulesOf(ruleset).flatMap(interfacesIn))
  const named = rarestFirst(asked.map(({ name }) => name))
  const sentBy = new Set(asked.flatMap(({ name, field }) => (field === 'oif' ? name : [])))
  const isBridge = (name: string): boolean => isBridgeName(name) || !sentBy.has(name)
  const others = named.filter((name) => name !== firstInterface)
  const bridges = others.filter(isBridge)
  const interfaces = others.filter((name) => !isBridge(name))
  if (bridges.length === 0 && rulesets.some((ruleset) => asksOfForwarded(ruleset) || asksOfDestination(ruleset)))
    bridges.push(standardBridge)
  const present = interfaces.slice(0, mostInterfaces)
  const unnamed = unnamedApart(rulesets, named, [firstInterface, ...present])
  const behind = bridges.slice(0, mostInterfaces).sort()
  return {
    addresses: PodAddresses.of({
      interfaces: [...present, ...unnamed].sort(),
      behind: Object.fromEntries(behind.map((name, at) => [name, [`172.30.${at}.0/24`, `fd00:30:${at}::/64`]])),
      inner: false,
      services: [],
      closed: [],
      podIPs,
    }),
    missing: [...interfaces.slice(mostInterfaces), ...bridges.slice(mostInterfaces)].sort(),
  }
}

/** Of many names the first are those that fewest rules have: one of the two rulesets may lack them. */
function rarestFirst(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([a, few], [b, many]) => few - many || (a < b ? -1 : 1)).map(([name]) => name)
}

/**
 * An interface that no rule names, where rules tell it from each that the pod has: `! -i eth0` is any other one, beside
 * which those that have rules of their own show nothing.
 */
function unnamedApart(rulesets: readonly Ruleset[], named: readonly string[], present: readonly string[]): string[] {
  const sets = rulesets.flatMap((ruleset) => rulesOf(ruleset).flatMap(interfaceSets))
  const isAlike = (one: bigint, other: bigint): boolean =>
    sets.every((set) => set.contains(one) === set.contains(other))
  const numbers = present.map(interfaceNumber)
  // All that begin with `net` may be asked of at once.
  const names = [...Array.from({ length: named.length + 1 }, (_, at) => `net${at + 1}`), 'other0']
  const found = names
    .filter((name) => !named.includes(name))
    .find((name) => numbers.every((number) => !isAlike(number, interfaceNumber(name))))
  return found === undefined ? [] : [found]
}

const interfaceSets = ({ conditions }: Rule): IntervalSet<bigint>[] =>
  conditions
    .flatMap(fieldQuestions)
    .flatMap(({ field, in: asked }) => (field === 'iif' || field === 'oif' ? (asked as IntervalSet<bigint>) : []))

/** The pod's own address on its first interface and on its bridge, if nothing else is known: both are dialled. */
const ends: Readonly<Record<Family, readonly [first: bigint, bridge: bigint]>> = {
  ipv4: [addressNumber('10.244.0.5'), addressNumber('172.30.0.1')],
  ipv6: [addressNumber('fd00:10::5'), addressNumber('fd00:30::1')],
}

/** Whether rules on the way in tell addresses apart that a pod may have. */
function asksOfDestination({ tables, family }: Ruleset): boolean {
  const [first, bridge] = ends[family]
  const rules = [...tables.values()].flatMap((table) =>
    rulesReached(table, ({ hook }) => hook === 'PREROUTING' || hook === 'INPUT'),
  )
  return rules.some(({ conditions }) =>
    conditions.flatMap(fieldQuestions).some(({ field, in: asked }) => {
      const set = asked as IntervalSet<bigint>
      return field === 'daddr' && set.contains(first) !== set.contains(bridge)
    }),
  )
}

/**
 * Whether rules tell what is forwarded from what is for the pod. TPROXY does: its mark is what brings in what is for
 * another address.
 */
function asksOfForwarded(ruleset: Ruleset): boolean {
  const chains = [...ruleset.tables.values()].flatMap((table) => [...table.chains.values()])
  return (
    chains.some(({ base, rules }) => base?.hook === 'FORWARD' && (rules.length > 0 || base.policy === 'drop')) ||
    rulesOf(ruleset).some(
      ({ conditions, statements }) =>
        statements.some(({ kind }) => kind === 'tproxy') ||
        conditions.some((condition) => condition.kind === 'address-type' && condition.side === 'destination'),
    )
  )
}

/** `net+` is any that begins so: `net0` is one. */
function interfacesIn({ conditions }: Rule): { name: string; field: 'iif' | 'oif' }[] {
  return conditions.flatMap((condition) => {
    const { kind } = condition
    const asked = (['iif', 'oif'] as const).flatMap((field) => {
      const names =
        kind === 'field' && condition.field === field
          ? [(condition.asked.value ?? '').replace(/\+$/, '0').slice(0, 15)]
          : interfacesInSet(condition, field)
      return names.map((name) => ({ name, field }))
    })
    return asked.filter(({ name }) => name !== 'lo' && isName.test(name))
  })
}

/** Printable, without a slash (dev_valid_name in net/core/dev.c). */
const isName = /^[!-.0-~]+$/
