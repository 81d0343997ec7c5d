import { isDeepStrictEqual } from 'node:util'
import type { Family } from '../core/address.ts'
import { flowClasses } from '../classes/flow-classes.ts'
import type { Box } from '../classes/frame.ts'
import { spaceOf } from '../classes/space.ts'
import { rangesOf, rangesText } from '../classes/words.ts'
import { type World, worldOf } from '../classes/world.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Prediction } from '../model/predict.ts'
import { loadPodRules } from '../run/loaded-rules.ts'
import { planWitnesses } from '../run/witnesses/plan-witnesses.ts'
import type { Made } from './ask.ts'
import { behaviourOf } from './behaviour.ts'
import { flowsAround } from './around.ts'
import { otherProtocols } from './other-protocols.ts'
import { type BackendPair, type Sides, onSides } from './sides.ts'
import type { Topology } from './topology.ts'

/** How long one config's classes may be looked for, in milliseconds of this process, and how many there may be. */
export interface ClassBudget {
  milliseconds: number
  classes: number
}
export const classBudget: ClassBudget = { milliseconds: 60_000, classes: 20_000 }

/** A flow that may be treated otherwise on the two sides: the kernel is asked. */
export interface Witness {
  flow: ConcreteFlow
  /** All flows that it stands for, in words; the empty text where nothing sets them apart. */
  range?: string
  /** `apart`: the model says so; `unjudged`: it cannot tell what one of the sides does. */
  why: 'apart' | 'unjudged'
}

/** How far the model has compared two rulesets. */
export interface Compared {
  witnesses: Witness[]
  /** How many classes of flows there are. */
  classes: number
  /** Why the model cannot tell of some, such as a rule that it does not know, and of how many classes. */
  unknown: ReadonlyMap<string, number>
  /** The budget ended before all flows were compared. */
  isPart: boolean
  /** Why nothing was compared, where the model cannot read the rules of a side. */
  unread?: readonly string[]
  /** Protocols that the rules ask for and of which no flow is compared. */
  otherProtocols?: readonly string[]
}

/** What has been compared already for one config, by what the kernel executes on either side. */
export type Known = { worlds: readonly [World, World]; compared: Compared }[]

/** Without any witness. */
export const nothing: Compared = { witnesses: [], classes: 0, unknown: new Map(), isPart: false }

/**
 * One witness of each class in which the model tells two rulesets apart, and some where it cannot tell.
 * @param known of the same config with other backends: where those execute the same, nothing has to be compared again.
 */
export function compareRules(
  made: Sides<Made>,
  backends: BackendPair,
  { addresses }: Topology,
  known: Known,
  families?: readonly Family[],
  budget = classBudget,
): Compared {
  const { baseline, candidate } = onSides((side): World | { unread: string } => {
    const { profile } = made[side]
    const question = {
      flows: [],
      worlds: [made.baseline.texts, made.candidate.texts],
      profile,
      addresses,
      backend: backends[side],
    }
    const plan = planWitnesses(question).worlds[side === 'baseline' ? 0 : 1]
    if (plan === undefined) throw new Error('a plan for two worlds')
    const loaded = loadPodRules(plan, { ok: true })
    return 'unread' in loaded ? loaded : worldOf(loaded.rulesets, plan.pod, loaded.routing)
  })
  if ('unread' in baseline || 'unread' in candidate) {
    const unread = [baseline, candidate].flatMap((world) => ('unread' in world ? [world.unread] : []))
    return { ...nothing, unread }
  }
  const worlds = [baseline, candidate] as const
  const same = known.find((other) =>
    worlds.every(({ rulesets }, at) => isDeepStrictEqual(rulesets, other.worlds[at]?.rulesets)),
  )
  const compared = same?.compared ?? compareWorlds(worlds, families, budget)
  known.push({ worlds, compared })
  return compared
}

/** The same of two worlds. */
export function compareWorlds(
  worlds: readonly [World, World],
  families: readonly Family[] | undefined,
  budget: ClassBudget,
): Compared {
  const space = spaceOf(worlds, { segments: true, ...(families && { families }) })
  const found = flowClasses(worlds, space, { ...budget, byRule: false })
  const witnesses: Witness[] = []
  const unjudged: Box[] = []
  const unknown = new Map<string, number>()
  for (;;) {
    const next = found.next()
    if (next.done) {
      const { classes, left } = next.value
      for (const box of [...unjudged, ...left])
        for (const flow of flowsAround(box, worlds)) witnesses.push({ flow, why: 'unjudged' })
      const others = otherProtocols(worlds.flatMap(({ rulesets }) => Object.values(rulesets)))
      return { witnesses: unique(witnesses), classes, unknown, isPart: left.length > 0, otherProtocols: others }
    }
    const { witness: flow, box, predictions } = next.value
    const why = verdictOn(predictions)
    if (why !== undefined) witnesses.push({ flow, range: rangesText(rangesOf(box, space)), why })
    if (why !== 'unjudged') continue
    const reasons = predictions.flatMap((prediction) =>
      'unknown' in prediction && !prediction.isOfFlow ? [prediction.unknown] : [],
    )
    for (const reason of new Set(reasons)) unknown.set(reason, (unknown.get(reason) ?? 0) + 1)
    if (reasons.length > 0) unjudged.push(box)
  }
}

/** A flow that nobody sends on either side, or of which nobody could tell, is no witness. */
function verdictOn([before, after]: readonly Prediction[]): Witness['why'] | undefined {
  if (before === undefined || after === undefined) return 'unjudged'
  if ('unknown' in before && 'unknown' in after && before.isOfFlow && before.unknown === after.unknown) return undefined
  if ('unknown' in before || 'unknown' in after) return 'unjudged'
  return behaviourOf(before.predicted) === behaviourOf(after.predicted) ? undefined : 'apart'
}

const unique = (witnesses: readonly Witness[]): Witness[] =>
  [...new Map(witnesses.toReversed().map((witness) => [JSON.stringify(witness.flow), witness])).values()].toReversed()
