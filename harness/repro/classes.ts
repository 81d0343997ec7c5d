import type { Family } from '../core/address.ts'
import type { FlowClass } from '../classes/class-of.ts'
import { flowClasses } from '../classes/flow-classes.ts'
import { type Box, frameText } from '../classes/frame.ts'
import { spaceOf } from '../classes/space.ts'
import { worldOf } from '../classes/world.ts'
import { isWide } from '../findings/questions/named-values.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import { type Part, plainSpace } from './plain-space.ts'
import type { Told } from './table/class-told.ts'

/** The classes of flows that a ruleset tells apart. */
export interface Classes {
  /** All flows that are asked about. */
  space: readonly Box[]
  classes: readonly FlowClass[]
  /** What no class covers, since there were too many. */
  left: readonly Box[]
  /** What became of each class, in their order. */
  told: readonly Told[]
}

/** A capture of a pod has some hundred; a node's has more than anybody reads. */
const most = { classes: 800, milliseconds: 15_000 }

/** @param pod with the interfaces and addresses that the rules speak of. */
export function classesOf(
  rulesets: Readonly<Record<Family, Ruleset>>,
  pod: PodPlan,
  routing: Pick<PolicyRouting, 'rules' | 'routes'>,
  families: readonly Family[],
): Omit<Classes, 'told'> {
  const world = worldOf(rulesets, pod, routing)
  const spoken = families.filter((family) => rulesets[family].tables.size > 0)
  const parts = plainSpace(spaceOf([world], { families: spoken.length > 0 ? spoken : families }), world)
  const groups = [...Map.groupBy(parts, ({ box, isNatural }) => `${frameText(box.frame)} ${isNatural}`).values()]
  const classes: FlowClass[] = []
  const left: Box[] = []
  const until = performance.now() + most.milliseconds
  for (const [index, group] of groups.entries()) {
    // Whatever one kind of traffic takes, the others have their share.
    const share = 1 / (groups.length - index)
    const budget = {
      classes: Math.ceil((most.classes - classes.length) * share),
      milliseconds: (until - performance.now()) * share,
    }
    const found = flowClasses(
      [world],
      group.map(({ box }) => box),
      budget,
    )
    const bare = (box: Box): Box => (group[0]?.isNatural === true ? withoutSource(box) : box)
    for (let next = found.next(); ; next = found.next()) {
      if (next.done) {
        left.push(...next.value.left.map(bare))
        break
      }
      classes.push({ ...next.value, box: bare(next.value.box), witness: fromAnyPort(next.value) })
    }
  }
  return { space: parts.map(spaceBox), classes, left }
}

/**
 * Where nearly any port will do, the flow is sent from one that no other flow has: of two from one port, the second
 * meets what is left of the first.
 */
function fromAnyPort({ witness, box: { in: sets } }: FlowClass): ConcreteFlow {
  const { port: _, ...source } = witness.source ?? {}
  if (sets.sport === undefined || !isWide(sets.sport)) return witness
  const { source: __, ...flow } = witness
  return source.address === undefined ? flow : { ...flow, source }
}

const spaceBox = ({ box, isNatural }: Part): Box => (isNatural ? withoutSource(box) : box)

function withoutSource({ frame, in: sets }: Box): Box {
  const { saddr: _, ...others } = sets
  return { frame, in: frame.origin.kind === 'pod' ? others : sets }
}
