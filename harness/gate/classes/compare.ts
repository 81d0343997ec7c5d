import { isDeepStrictEqual } from 'node:util'
import { type Family, familyOf, loopbackNetworks } from '../../core/address.ts'
import { fromAnyPort } from '../../classes/any-port.ts'
import { type Coverage, flowClasses } from '../../classes/flow-classes.ts'
import type { Box } from '../../classes/boxes/frame.ts'
import { spaceOf } from '../../classes/space/space.ts'
import { rangesOf, rangesText } from '../../classes/words.ts'
import type { World } from '../../classes/space/world.ts'
import { domainOf } from '../../netfilter/field.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix } from '../../netfilter/wide-values.ts'
import type { Made } from '../compared/ask.ts'
import { differenceOf } from './differences.ts'
import { differingPart } from './differing/differing-part.ts'
import { judgeClass, type Reasons } from './judge-class.ts'
import { Reached } from './reached.ts'
import { flowsAround } from './around.ts'
import { fromFreePort } from './free-port.ts'
import { otherProtocols } from './other-protocols.ts'
import type { BackendPair, Sides } from '../compared/sides.ts'
import type { Topology } from '../compared/topology.ts'
import { areTrackedOtherwise, type Tracked, trackedOtherwise } from './tracked.ts'
import { asSegments, isUnseen } from './unseen.ts'
import type { Witness } from './witness.ts'
import { worldsOf } from './worlds-of.ts'

/** How long one config's classes may be looked for, in milliseconds of this thread's CPU time, and how many there may be. */
export interface ClassBudget {
  milliseconds: number
  classes: number
}
export const classBudget: ClassBudget = { milliseconds: 60_000, classes: 20_000 }

/** How far the model has compared two rulesets. */
export interface Compared {
  witnesses: readonly Witness[]
  /**
   * How many classes of flows the model has compared: flows of one kind for which both sides have the same rules are
   * one.
   */
  classes: number
  /** How many it cannot judge, on one of the sides at least. */
  unjudged: number
  /** Why the model cannot tell of some, such as a rule that it does not know, and of how many classes. */
  unknown: ReadonlyMap<string, number>
  /** Rules that it cannot judge, and how many flows are sent around their constants. */
  around: { rules: number; flows: number }
  /**
   * What it does not know either, and need not: the two sides behave alike whatever the answer is, since both ask the
   * same of the same packet, or do not depend on it.
   */
  alike: ReadonlySet<string>
  /** How many are apart of which nobody can send a flow: somebody listens on the port that it has to come from. */
  unsent: number
  /** The budget ended before all flows were compared. */
  isPart: boolean
  /** Why nothing was compared, where the model cannot read the rules of a side. */
  unread?: readonly string[]
  /** Protocols that the rules ask for and of which no flow is compared. */
  otherProtocols?: readonly string[]
}

/** @property tracked classes whose connections the two sides track otherwise, as far as the model can tell of them. */
export interface Told {
  compared: Compared
  tracked: readonly Tracked[]
}

/** What has been compared already for one config, by what the kernel executes on either side. */
export type Known = { worlds: readonly [World, World]; told: Told }[]

/** Without any witness. */
export const nothing: Compared = {
  witnesses: [],
  classes: 0,
  unjudged: 0,
  unsent: 0,
  unknown: new Map(),
  isPart: false,
  around: { rules: 0, flows: 0 },
  alike: new Set<string>(),
}

/**
 * One witness of each class in which the model tells two rulesets apart, and some where it cannot tell.
 * @param known of the same config with other backends: where those execute the same, nothing has to be compared again.
 */
export function compareRules(
  made: Sides<Made>,
  backends: BackendPair,
  { addresses }: Topology,
  known: Known,
  { families, budget }: { families: readonly Family[]; budget: ClassBudget },
): Told {
  const worlds = worldsOf(made, backends, addresses)
  if ('unread' in worlds) return { compared: { ...nothing, unread: worlds.unread }, tracked: [] }
  const same = known.find((other) =>
    worlds.every(({ rulesets }, at) => isDeepStrictEqual(rulesets, other.worlds[at]?.rulesets)),
  )
  const told = same?.told ?? compareWorlds(worlds, spaceOfPod(worlds, addresses, families), budget)
  known.push({ worlds, told })
  return told
}

/** All flows that are compared: of a family that the pod has no address of, those on loopback. */
const spaceOfPod = (worlds: readonly World[], { podIPs }: Topology['addresses'], families: readonly Family[]): Box[] =>
  spaceOf(worlds, { segments: true, tos: true, bound: true, sendable: true, families }).flatMap((box) =>
    podIPs.some((address) => familyOf(address) === box.frame.family) ? [box] : onLoopback(box),
  )

/** Of a family that the pod has no address of, it has the loopback network alone. */
function onLoopback({ frame, in: sets }: Box): Box[] {
  if (frame.origin.kind !== 'pod') return []
  const network = addressesOfPrefix(loopbackNetworks[frame.family])
  const own = IntervalSet.of(domainOf('daddr', frame.family), network)
  const [saddr, daddr] = [sets.saddr, sets.daddr].map((set) => set && (set as IntervalSet<bigint>).intersect(own))
  if (daddr?.isEmpty || saddr?.isEmpty) return []
  return [{ frame, in: { ...sets, ...(daddr && { daddr }), ...(saddr && { saddr }) } }]
}

/** The same of two worlds. @param space from `spaceOf`, or part of it. */
export function compareWorlds(worlds: readonly [World, World], space: readonly Box[], budget: ClassBudget): Told {
  const alike = new Set<string>()
  const part = differingPart(worlds, space)
  // What sockets do that are bound to a device is looked at where that counts alone.
  const alikeByText = space.filter((root) => root.frame.boundTo === undefined && !part.includes(root)).length
  const tracked: Omit<Tracked, 'space'>[] = []
  const all = [...space, ...asSegments(space)]
  const found = classesCompared(worlds, part, budget, alike, tracked)
  const witnesses: Witness[] = []
  const reached = new Reached()
  const unknown = new Map<string, number>()
  let [unjudged, unsent] = [0, 0]
  for (;;) {
    const next = found.next()
    if (next.done) {
      const { classes, left } = next.value
      const around = reached.flows(worlds, space)
      const beside = evenly(left, mostLeft).flatMap((box) => flowsAround(box, worlds))
      for (const flow of [...around.flows, ...beside]) witnesses.push({ flow, why: 'unjudged' })
      const compared = {
        witnesses: unique(witnesses),
        classes: classes - unjudged + alikeByText,
        unjudged,
        unsent,
        unknown,
        alike,
        isPart: left.length > 0,
        around: { rules: around.rules, flows: around.flows.length },
        otherProtocols: otherProtocols(worlds.map(({ rulesets }) => rulesets)),
      }
      return { compared, tracked: tracked.map((each) => ({ ...each, space })) }
    }
    const { box, reasons, ...witness } = next.value
    const flow = fromFreePort(witness.flow, box, worlds)
    if (flow === undefined) unsent += 1
    else witnesses.push({ ...witness, flow, range: rangesText(rangesOf(box, all)) })
    if (witness.why === 'unjudged') unjudged += 1
    for (const [reason, rule] of reasons) {
      unknown.set(reason, (unknown.get(reason) ?? 0) + 1)
      reached.add(reason, rule, box)
    }
  }
}

/** Around how many parts of the space flows are sent that no class was found for. */
const mostLeft = 16

const evenly = <T>(list: readonly T[], most: number): T[] =>
  list.filter((_, at) => Math.floor((at * most) / list.length) !== Math.floor(((at - 1) * most) / list.length))

/** A class that is not the same on both sides, or of which the model cannot tell, for reasons of the rules'. */
export interface Apart extends Witness {
  box: Box
  reasons: Reasons
}

/**
 * Every such class, as it is found; lone segments where nobody sees what becomes of connections.
 * @param alike receives what is not known and makes no difference.
 * @param tracked receives classes of which it can tell, and whose connections the two sides track otherwise.
 */
export function* classesCompared(
  worlds: readonly [World, World],
  space: readonly Box[],
  budget: ClassBudget,
  alike = new Set<string>(),
  tracked: Omit<Tracked, 'space'>[] = [],
): Generator<Apart, Coverage> {
  const unseen: Box[] = []
  const first = yield* classesIn(worlds, space, budget, alike, tracked, unseen)
  const segments = asSegments(unseen)
  if (first.left.length > 0 || segments.length === 0) return first
  const left = { ...budget, classes: budget.classes - first.classes }
  const second = yield* classesIn(worlds, segments, left, alike, tracked)
  const unknown = new Map(first.unknown)
  for (const [reason, count] of second.unknown) unknown.set(reason, (unknown.get(reason) ?? 0) + count)
  return { ...second, classes: first.classes + second.classes, unknown }
}

/** @param unseen receives connections of which nobody could see that the two sides do something else with them. */
function* classesIn(
  worlds: readonly [World, World],
  space: readonly Box[],
  budget: ClassBudget,
  alike: Set<string>,
  tracked: Omit<Tracked, 'space'>[],
  unseen: Box[] = [],
): Generator<Apart, Coverage> {
  const found = flowClasses(worlds, space, { ...budget, byRule: false, supposes: true })
  const hasOther = areTrackedOtherwise(worlds)
  for (;;) {
    const next = found.next()
    if (next.done) return next.value
    const { witness: _, box, ...told } = next.value
    const flow = fromAnyPort(next.value, worlds)
    const { why, reasons } = judgeClass(told)
    if (why === undefined && isUnseen(told)) unseen.push(box)
    const isLookedAt = why === undefined || (why === 'apart' && hasOther)
    const otherwise = isLookedAt ? trackedOtherwise(next.value) : undefined
    if (otherwise !== undefined) tracked.push(otherwise)
    if (why === 'apart') yield { flow, box, why, reasons: new Map(), ...differenceOf({ box, ...told }) }
    else if (why !== undefined) yield { flow, box, why, reasons }
    else for (const reason of reasons.keys()) alike.add(reason)
  }
}

const unique = (witnesses: readonly Witness[]): Witness[] =>
  [...new Map(witnesses.toReversed().map((witness) => [JSON.stringify(witness.flow), witness])).values()].toReversed()
