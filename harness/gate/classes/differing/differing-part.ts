import { isDeepStrictEqual } from 'node:util'
import { type Family, familyOf, withoutPrefix } from '../../../core/address.ts'
import { subtractAll } from '../../../classes/boxes/boxes.ts'
import { type Box, dimensionsOf, type Frame } from '../../../classes/boxes/frame.ts'
import { joined, sizeOf } from '../../../classes/boxes/widest.ts'
import type { World } from '../../../classes/space/world.ts'
import { protocolNumbers } from '../../../model/packet/packet.ts'
import { isTracking } from '../../../model/packet/tracking.ts'
import type { Condition } from '../../../netfilter/condition.ts'
import { domainOf } from '../../../netfilter/field.ts'
import { IntervalSet } from '../../../netfilter/interval-set.ts'
import { does } from '../../../netfilter/does.ts'
import { type Rule, type Ruleset, rulesOf } from '../../../netfilter/ruleset.ts'
import { type MayHave, mayHave } from './may-have.ts'
import { metFlows } from './met-flows.ts'
import { type Kind, mayMatch } from './met-rules.ts'
import { oddForBound } from './odd-for-bound.ts'
import { type Odd, oddRules } from './odd-rules.ts'
import { proxiedFlows } from './proxied-flows.ts'

/** More boxes are not told apart: then all of it is looked at. */
const mostBoxes = 64

/**
 * The part of a space in which two rulesets may do something else with a flow, since some packet of it meets what only
 * one of them has. All others match the same rules in the same order, and fare alike whatever those do.
 * @returns boxes without common flows.
 */
export function differingPart(worlds: readonly [World, World], space: readonly Box[]): Box[] {
  const [world] = worlds
  const oddAt = { ipv4: oddListeners(worlds, 'ipv4'), ipv6: oddListeners(worlds, 'ipv6') }
  const known = new Map<string, { odd: readonly Odd[] | undefined; may: MayHave; isWhole: boolean }>()
  return space.flatMap((root) => {
    const { family, protocol } = root.frame
    const listeners = oddAt[family]
    if (listeners === undefined) return [root]
    const rulesets = [world.rulesets[family], worlds[1].rulesets[family]] as const
    const key = `${family} ${protocol}`
    const { odd, may, isWhole } = known.get(key) ?? {
      odd: oddBetween(rulesets, root.frame),
      may: mayHave(family, world, rulesets),
      isWhole: isTrackedWhole(rulesets, root.frame),
    }
    known.set(key, { odd, may, isWhole })
    if (odd === undefined) return [root]
    const both = [...odd, ...listeners]
    const all = root.frame.boundTo === undefined ? both : oddForBound(both, root.frame, world, rulesets)
    if (all.length === 0) return []
    const proxied = proxiedFlows(root, may, worlds, rulesets, isWhole)
    return apart(
      root,
      all.flatMap((one) => metFlows(one, root, may, world, proxied)),
    )
  })
}

/**
 * What a packet meets of which only one side's proxy listens.
 * @returns undefined where the two pods differ in something else.
 */
function oddListeners([{ stack }, { stack: other }]: readonly [World, World], family: Family): Odd[] | undefined {
  if (!isDeepStrictEqual(besideListeners(stack, family), besideListeners(other, family))) return undefined
  const [own, others] = [stack.pod.proxy.listeners, other.pod.proxy.listeners]
  const lone = [...own, ...others].filter(
    (listener) => ![own, others].every((all) => all.some((one) => isDeepStrictEqual(one, listener))),
  )
  if (lone.length === 0) return []
  const ports = IntervalSet.from(
    domainOf('dport', 'ipv4'),
    lone.map(({ port }) => ({ first: port, last: port })),
  )
  const condition: Condition = {
    kind: 'field',
    field: 'dport',
    in: ports,
    values: 'any',
    ifAbsent: false,
    asked: { subject: 'a listener', negated: false },
  }
  return [{ literals: [{ condition, holds: true }], isFirst: false }]
}

/**
 * What two pods must have in common for flows of a family to fare alike by the same rules. What a proxy does with ports
 * of services is of no account where there are none.
 */
function besideListeners({ pod, routing }: World['stack'], family: Family): unknown {
  const { inbound, ...dialsOn } = pod.proxy.dialsOn
  const ofNone = pod.proxy.services.length === 0 && inbound !== 'loopback' ? { ...inbound, servicePorts: '' } : inbound
  const isOfFamily = (of: { family: Family }): boolean => of.family === family
  const proxy = {
    ...{ ...pod.proxy, listeners: [], dialsOn: { ...dialsOn, inbound: ofNone } },
    families: pod.proxy.families.includes(family),
  }
  const loopback = (pod.loopback ?? []).filter((address) => familyOf(withoutPrefix(address)) === family)
  return [{ ...pod, proxy, loopback }, routing.rules.filter(isOfFamily), routing.routes.filter(isOfFamily)]
}

function oddBetween(rulesets: readonly [Ruleset, Ruleset], frame: Frame): Odd[] | undefined {
  const [tracked, isTracked] = rulesets.map(isTracking)
  if (tracked !== isTracked || tracked === 'unknown' || !rulesMet(rulesets, frame).every(isKnown)) return undefined
  const { [frame.protocol]: own, error } = protocolNumbers[frame.family]
  const isWhole = isTrackedWhole(rulesets, frame)
  return oddRules(
    rulesets,
    (isNat): Kind => ({
      protocols: isNat && isWhole ? [own] : [own, error],
      hasPorts: frame.protocol !== 'icmp',
      isFirst: isNat && isWhole,
    }),
  )
}

/** Of a connection that is tracked as a whole nat sees the first packet alone. */
const isTrackedWhole = (rulesets: readonly Ruleset[], frame: Frame): boolean =>
  !rulesMet(rulesets, frame).some((rule) => does(rule, 'notrack', 'zone'))

function rulesMet(rulesets: readonly Ruleset[], { family, protocol }: Frame): Rule[] {
  const { [protocol]: own, error } = protocolNumbers[family]
  const kind = { protocols: [own, error], hasPorts: protocol !== 'icmp' }
  return rulesets.flatMap(rulesOf).filter((rule) => mayMatch(rule, kind))
}

/**
 * Whether a rule depends on the packet alone. What depends on the packets before, as a limit does, may differ for a
 * packet that both sides ask the same.
 */
const isKnown = (rule: Rule): boolean => rule.conditions.every(isOfPacket) && !does(rule, 'unknown', 'continue', 'tos')

function isOfPacket(condition: Condition): boolean {
  switch (condition.kind) {
    case 'field':
    case 'address-type':
    case 'limit-interface':
    case 'socket-exists':
    case 'fragment':
    case 'comment':
      return true
    case 'set':
      return condition.changes.size === 0
    case 'socket':
      return !condition.restoresMark
    case 'account':
    case 'chance':
    case 'unknown':
      return false
  }
}

/** The same flows in boxes without common ones: all of the root where those are too many. */
function apart(root: Box, boxes: readonly Box[]): Box[] {
  const found: Box[] = []
  for (const box of joined(boxes).toSorted((a, b) => sizeOf(b, root) - sizeOf(a, root))) {
    if (isAll(box, root)) return [root]
    found.push(...subtractAll(box, found))
    if (found.length > mostBoxes) return [root]
  }
  const left = joined(found)
  return left.some((box) => isAll(box, root)) ? [root] : left
}

const isAll = ({ in: sets }: Box, root: Box): boolean =>
  dimensionsOf(root).every((dimension) => {
    const [own, all] = [sets[dimension], root.in[dimension]]
    return own === all || (own !== undefined && all?.intersect(own.complement()).isEmpty)
  })
