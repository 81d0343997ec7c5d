import type { Family } from '../../core/address.ts'
import { Unpredictable } from '../../model/packet/unpredictable.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { fieldQuestions } from '../../netfilter/field-questions.ts'
import type { IntervalSet } from '../../netfilter/interval-set.ts'
import { type Base, type Rule, type Ruleset, rulesReached } from '../../netfilter/ruleset.ts'
import { interfaceNumber } from '../../netfilter/wide-values.ts'
import type { World } from './world.ts'

/** Where the pod's own flows are asked by which interface they leave, and by which the answers come in. */
const hooks = { oif: ['OUTPUT', 'POSTROUTING'], iif: ['PREROUTING', 'INPUT'] } as const
export type AsksInterface = keyof typeof hooks

/**
 * The pod's interfaces that rules tell from another one on the way of its own flows. To lo nobody binds a socket who
 * sends elsewhere than to the pod itself; behind a bridge nobody answers for what is not there.
 */
export function devicesAsked(worlds: readonly Pick<World, 'rulesets' | 'stack'>[], family: Family): string[] {
  const sets = interfacesAsked(worlds.map(({ rulesets }) => rulesets[family]))
  const links = worlds.flatMap(({ stack }) => stack.pod.links)
  const names = links.map(({ name }) => name)
  const own = links.flatMap(({ name, behind }) => (behind === undefined ? [name] : []))
  return [...new Set(own)].filter((device) => sets.some(({ set }) => isToldApart(set, device, names)))
}

/** Whether a set of interfaces has one and not some other, or the other way round. */
export const isToldApart = (set: IntervalSet<bigint>, device: string, others: readonly string[]): boolean =>
  others.some((other) => set.contains(interfaceNumber(other)) !== set.contains(interfaceNumber(device)))

/** What some rule asks of interfaces. */
export interface InterfacesAsked {
  field: AsksInterface
  set: IntervalSet<bigint>
  /** The chain that the rule is reached from, and all that are. */
  base: Base
  rules: readonly Rule[]
}

/** What rules ask of interfaces on the way of the pod's own flows. */
export const interfacesAsked = (rulesets: readonly Ruleset[]): InterfacesAsked[] =>
  rulesets.flatMap(({ tables }) =>
    [...tables.values()].flatMap((table) =>
      [...table.chains.values()].flatMap(({ base }) => {
        if (base === undefined) return []
        const rules = rulesReached(table, (other) => other === base)
        return rules
          .flatMap(({ conditions }) => conditions.flatMap(fieldQuestions))
          .flatMap(({ field, in: set }) =>
            (field === 'oif' || field === 'iif') && isMet(base, field)
              ? [{ field, set: set as IntervalSet<bigint>, base, rules }]
              : [],
          )
      }),
    ),
  )

/** Chains of nat see no answers (nf_nat_inet_fn in net/netfilter/nf_nat_core.c). */
const isMet = ({ hook, type }: Base, field: AsksInterface): boolean =>
  hooks[field].some((one) => one === hook) && (field === 'oif' || type !== 'nat')

/**
 * Whether what is sent to an address leaves by a device only if its socket is bound to that: others show what rules do
 * with all else.
 */
export function leavesOnlyBound(address: string, device: string, stack: NetworkStack): boolean {
  if (stack.isLocal(address)) return false
  try {
    return stack.route(address).device !== device && stack.routeBy(device, address)?.device === device
  } catch (thrown) {
    if (!(thrown instanceof Unpredictable)) throw thrown
    return false
  }
}
