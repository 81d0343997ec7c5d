import { isDeepStrictEqual } from 'node:util'
import { anyOf } from '../../../classes/space/address-parts.ts'
import {
  type AsksInterface,
  interfacesAsked,
  type InterfacesAsked,
  isToldApart,
} from '../../../classes/space/devices-asked.ts'
import type { Frame, ValueSet } from '../../../classes/boxes/frame.ts'
import type { World } from '../../../classes/space/world.ts'
import type { ConcreteFlow } from '../../../flow/flow.ts'
import { unsendable } from '../../../flow/sendable.ts'
import { Unpredictable } from '../../../model/packet/unpredictable.ts'
import { type Base, type Rule, type Ruleset, rulesReached } from '../../../netfilter/ruleset.ts'
import { does } from '../../../netfilter/does.ts'
import type { Statement } from '../../../netfilter/statement.ts'
import { fieldQuestions } from '../../../netfilter/field-questions.ts'
import type { IntervalSet } from '../../../netfilter/interval-set.ts'
import { interfaceNumber } from '../../../netfilter/wide-values.ts'
import type { Literal } from './known-packet.ts'
import type { Odd } from './odd-rules.ts'

/**
 * What has to be looked at for sockets that are bound to a device: what no other socket's packet can meet, since routes
 * lead there by another interface. Of all else the others tell, and it would be told twice. All is looked at where a
 * chain before tells the device from others, or where no way through the chain was followed.
 */
export function oddForBound(
  odd: readonly Odd[],
  { family, boundTo = '' }: Frame,
  world: World,
  rulesets: readonly Ruleset[],
): Odd[] {
  const names = world.stack.pod.links.map(({ name }) => name)
  const isTold = (set: IntervalSet<bigint>): boolean => isToldApart(set, boundTo, names)
  const telling = interfacesAsked(rulesets).filter(({ set }) => isTold(set))
  const isElsewhere = (base: Base | undefined): boolean => telling.some((asked) => mayCount(asked, base, rulesets))
  const routed = new Map<string, IntervalSet<bigint>[]>()
  for (const region of world.distinctions[family].regions()) {
    const device = deviceTo(anyOf(region, family), family, world)
    if (device !== undefined) routed.set(device, [...(routed.get(device) ?? []), region])
  }
  const isMetUnbound = ({ literals, base }: Odd): boolean => {
    const [device, host] = base === undefined || isOutward(base) ? outward : inward
    const [devices, hosts] = [setOf(literals, device), setOf(literals, host)]
    const among = [...routed].filter(([, regions]) => regions.some((region) => isAnyIn(region, hosts)))
    const isAmong = ([name]: readonly [string, unknown]): boolean =>
      devices.every((set) => set.contains(interfaceNumber(name)))
    // What is done to it may count with later chains for some addresses alone.
    return base !== undefined && isLast(base, rulesets)
      ? among.some(isAmong)
      : among.every((one) => one[0] === boundTo || one[0] === 'lo' || isAmong(one))
  }
  return odd.filter(
    (one) =>
      one.open === undefined ||
      isElsewhere(one.base) ||
      one.open.some((literal) =>
        setOf([literal], 'iif', 'oif').some((set) => isTold(set as unknown as IntervalSet<bigint>)),
      ) ||
      !isMetUnbound(one),
  )
}

/**
 * Whether what one chain asks of interfaces may decide who comes to another chain, or what is seen of what that does:
 * not if it sets marks alone where nobody asks for them. One that is met later does where it lets nothing through, where
 * what is not tracked never comes to it, or where it asks for marks that the other one sets.
 */
function mayCount({ base, rules }: InterfacesAsked, own: Base | undefined, rulesets: readonly Ruleset[]): boolean {
  if (own === undefined) return true
  if (isDeepStrictEqual(base, own)) return false
  const met = rulesets.flatMap(({ tables }) =>
    [...tables.values()].flatMap((table) => rulesReached(table, (other) => isDeepStrictEqual(other, own))),
  )
  const doesAny = (some: readonly Rule[], ...kinds: readonly Statement['kind'][]): boolean =>
    some.some((rule) => does(rule, ...kinds))
  if (placeOf(base) < placeOf(own))
    return !rules.every(({ statements }) => statements.every(({ kind }) => marking.has(kind))) || met.some(asksMark)
  if (isOutward(base) !== isOutward(own)) return false
  return (
    base.policy === 'drop' ||
    doesAny(rules, 'drop', 'reject') ||
    doesAny(met, 'notrack') ||
    (doesAny(met, 'mark', 'connmark') && rules.some(asksMark))
  )
}

const asksMark = ({ conditions }: Rule): boolean =>
  conditions.flatMap(fieldQuestions).some(({ field }) => field === 'mark' || field === 'ctmark')

const isOutward = ({ hook }: Base): boolean => hook === 'OUTPUT' || hook === 'POSTROUTING'

const marking: ReadonlySet<Statement['kind']> = new Set([
  ...(['accept', 'return', 'jump', 'goto', 'log', 'mark', 'connmark'] as const),
])

/** Whether no other chain has a say of what comes out of one. */
const isLast = (own: Base, rulesets: readonly Ruleset[]): boolean =>
  !rulesets.some(({ tables }) =>
    [...tables.values()].some((table) =>
      [...table.chains.values()].some(
        ({ base, rules }) =>
          base !== undefined && rules.length > 0 && isOutward(base) === isOutward(own) && placeOf(base) > placeOf(own),
      ),
    ),
  )

const isAnyIn = (region: IntervalSet<bigint>, sets: readonly ValueSet[]): boolean =>
  !sets.reduce((left, set) => left.intersect(set), region as unknown as ValueSet).isEmpty

/** Where a packet of the pod's own meets a chain, or the answer to it: the later, the more. */
const placeOf = ({ hook, priority }: Base): number => order.indexOf(hook) * 2 ** 33 + priority
const order: readonly Base['hook'][] = ['OUTPUT', 'POSTROUTING', 'PREROUTING', 'INPUT']

/** Which interface it is, and whose address says by which one the pod's own flows go, or are answered. */
const outward: readonly [AsksInterface, string] = ['oif', 'daddr']
const inward: readonly [AsksInterface, string] = ['iif', 'saddr']

const setOf = (literals: readonly Literal[], ...fields: readonly string[]): ValueSet[] =>
  literals.flatMap(({ condition, holds }) => {
    if (condition.kind !== 'field' || !fields.includes(condition.field)) return []
    const set = condition.in as unknown as ValueSet
    return [holds ? set : set.complement()]
  })

/** By which interface a socket sends there that is bound to none; undefined where none does. */
function deviceTo(address: string, family: Frame['family'], { stack }: World): string | undefined {
  const flow = { origin: { kind: 'pod' }, family, protocol: 'tcp', destination: { address, port: 1 } } as ConcreteFlow
  if (unsendable(flow, stack.pod) !== undefined) return undefined
  try {
    return stack.route(address).device
  } catch (thrown) {
    if (!(thrown instanceof Unpredictable)) throw thrown
    return undefined
  }
}
