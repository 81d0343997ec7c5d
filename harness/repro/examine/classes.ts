import type { Family } from '../../core/address.ts'
import type { FlowClass } from '../../classes/class-of.ts'
import { type Coverage, flowClasses } from '../../classes/flow-classes.ts'
import { type Box, frameText } from '../../classes/boxes/frame.ts'
import { spaceOf } from '../../classes/space/space.ts'
import { worldOf } from '../../classes/space/world.ts'
import { threadMilliseconds } from '../../core/thread-time.ts'
import { fromAnyPort } from '../../classes/any-port.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { PolicyRouting } from '../../flow/policy-routing.ts'
import type { Interval, Scalar } from '../../netfilter/interval-set.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { type Part, plainSpace } from './plain-space.ts'
import type { Told } from './told.ts'

/** The classes of flows that a ruleset tells apart. */
export interface Classes {
  /** All flows that are asked about. */
  space: readonly Box[]
  classes: readonly FlowClass[]
  /** What no class covers, since there were too many. */
  left: readonly Box[]
  /** Nothing else is left than classes of single members of large sets. */
  isSampled?: boolean
  /** What became of each class, in their order. */
  told: readonly Told[]
}

/** A capture of a pod has some hundred; a node's has more than anybody reads. */
const most = { classes: 800, milliseconds: 15_000 }
/** Members of a large set are told by some of them, for each kind of traffic. */
const mostSamples = 200

/** @param pod with the interfaces and addresses that the rules speak of. */
export function classesOf(
  rulesets: Readonly<Record<Family, Ruleset>>,
  pod: PodPlan,
  routing: Pick<PolicyRouting, 'rules' | 'routes'>,
  families: readonly Family[],
): Omit<Classes, 'told'> {
  const world = worldOf(rulesets, pod, routing)
  const spoken = families.filter((family) => rulesets[family].tables.size > 0)
  const parts = plainSpace(spaceOf([world], { families: spoken.length > 0 ? spoken : families, tos: true }), world)
  const groups = [...Map.groupBy(parts, ({ box, isNatural }) => `${frameText(box.frame)} ${isNatural}`).values()]
  const classes: FlowClass[] = []
  const until = threadMilliseconds() + most.milliseconds
  const bare = ([part]: readonly Part[], box: Box): Box => (part?.isNatural === true ? withoutSource(box) : box)
  /** @returns what no class covers. */
  const enumerated = (
    group: readonly Part[],
    boxes: readonly Box[],
    share: number,
  ): Pick<Coverage, 'left' | 'spent'> => {
    const budget = {
      classes: Math.ceil((most.classes - classes.length) * share),
      milliseconds: Math.max(0, until - threadMilliseconds()) * share,
      samples: mostSamples,
      byRule: 'own' as const,
    }
    const worlds = [world]
    const found = flowClasses(worlds, boxes, budget)
    for (let next = found.next(); ; next = found.next()) {
      if (next.done) return next.value
      classes.push({ ...next.value, box: bare(group, next.value.box), witness: fromAnyPort(next.value, worlds) })
    }
  }
  // Whatever one kind of traffic takes, the others have their share; what those do not need is left for it.
  const unfinished = groups.map((group, index) => ({
    group,
    coverage: enumerated(
      group,
      group.map(({ box }) => box),
      1 / (groups.length - index),
    ),
  }))
  const ends = unfinished.map(({ group, coverage }) => {
    const { left, spent: by } = coverage
    const goesOn = left.length > 0 && by !== 'samples' && classes.length < most.classes
    return { group, ...(goesOn ? enumerated(group, left, 1) : coverage) }
  })
  const left = ends.flatMap(({ group, left: boxes }) => boxes.map((box) => bare(group, box)))
  const isSampled = ends.every(({ spent: by }) => by === undefined || by === 'samples')
  return { space: parts.map(spaceBox), classes: fromOwnPorts(classes), left, isSampled }
}

/** Ports that are tried for one flow. */
const mostTried = 2000

/**
 * Flows that have to be sent from some ports alone are sent from one each, as far as there are enough: a connection's
 * remains decide what becomes of the next one with the same ends.
 */
function fromOwnPorts(classes: readonly FlowClass[]): FlowClass[] {
  const taken = new Set(classes.map(({ witness }) => witness.destination.port))
  return classes.map((found) => {
    const { witness, box } = found
    const { source } = witness
    if (source?.port === undefined || box.in.sport === undefined) return found
    const port = taken.has(source.port) ? freeIn(box.in.sport.intervals, taken) : source.port
    taken.add(port ?? source.port)
    return port === undefined ? found : { ...found, witness: { ...witness, source: { ...source, port } } }
  })
}

function freeIn(intervals: readonly Interval<Scalar>[], taken: ReadonlySet<number>): number | undefined {
  let tried = 0
  for (const { first, last } of intervals)
    for (let port = Math.max(1, Number(first)); port <= Number(last) && tried < mostTried; port += 1, tried += 1)
      if (!taken.has(port)) return port
  return undefined
}

const spaceBox = ({ box, isNatural }: Part): Box => (isNatural ? withoutSource(box) : box)

function withoutSource({ frame, in: sets }: Box): Box {
  const { saddr: _, ...others } = sets
  return { frame, in: frame.origin.kind === 'pod' ? others : sets }
}
