import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { contains } from '../../classes/boxes/boxes.ts'
import { flowAt } from '../../classes/space/flow-at.ts'
import { type Box, type Dimension, dimensionsOf, type Frame, frameText, type Point } from '../../classes/boxes/frame.ts'
import { plainestOf } from '../../classes/witness.ts'
import type { World } from '../../classes/space/world.ts'
import { withoutPrefix } from '../../core/address.ts'
import type { ConcreteFlow, Origin } from '../../flow/flow.ts'
import { unsendable } from '../../flow/sendable.ts'
import type { Field } from '../../netfilter/field.ts'
import type { Scalar } from '../../netfilter/interval-set.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'

/** How many flows are sent around one rule. */
const mostFlows = 48

/** In which dimensions of a flow a rule's constants are tried. */
export const dimensionsFor: Readonly<Partial<Record<Field, readonly Dimension[]>>> = {
  uid: ['uid'],
  gid: ['gid'],
  anyGid: ['gid', 'group'],
  saddr: ['saddr'],
  daddr: ['daddr'],
  ctorigsrc: ['saddr'],
  ctorigdst: ['daddr'],
  sport: ['sport'],
  dport: ['dport'],
  anyPort: ['sport', 'dport'],
  ctorigsrcport: ['sport'],
  ctorigdstport: ['dport'],
  mark: ['mark'],
  ctmark: ['mark'],
}

/** One flow of a frame, by its values. */
interface Place {
  frame: Frame
  point: Point
}

/**
 * Flows at each constant of a rule and on either side of it, at both ends of its addresses, by each protocol, from each
 * interface that it may ask for, by the identities that it names and by the proxy.
 * @param reached boxes of flows that come to the rule.
 * @param space where flows may lie, as `spaceOf` has it.
 */
export function flowsAroundRule(
  rule: Rule,
  reached: readonly Box[],
  worlds: readonly World[],
  space: readonly Box[],
): ConcreteFlow[] {
  const [world] = worlds
  if (world === undefined) return []
  const places = reached.flatMap((box) => {
    const own = { frame: box.frame, point: plainestOf(box, world) }
    return [own, ...constantsOf(rule, own, world), ...framesBeside(rule, own, space)]
  })
  const flows = places.flatMap(({ frame, point }) => flowIn(frame, point, space, world))
  const unique = new Map(flows.map((flow) => [JSON.stringify(flow), flow]))
  return [...unique.values()]
    .filter((flow) => worlds.every(({ stack }) => unsendable(flow, stack.pod) === undefined))
    .slice(0, mostFlows)
}

/** A flow with one of its values changed for one of the rule's. */
function constantsOf({ conditions }: Rule, { frame, point }: Place, { stack }: World): Place[] {
  const { credentials } = stack.pod.proxy
  const links = stack.pod.links.map(({ pod }) => addressNumber(withoutPrefix(pod[frame.family])))
  const values = conditions.flatMap((condition): [Dimension, Scalar][] => {
    if (condition.kind === 'address-type')
      return links.map((address) => [condition.side === 'source' ? 'saddr' : 'daddr', address])
    return fieldQuestions(condition).flatMap((asked) =>
      (dimensionsFor[asked.field] ?? []).flatMap((dimension) =>
        (asked.in.boundaries() as readonly Scalar[]).map((value): [Dimension, Scalar] => [dimension, value]),
      ),
    )
  })
  const changed = values.map(([dimension, value]) => ({ frame, point: { ...point, [dimension]: value } }))
  if (frame.origin.kind !== 'pod') return changed
  const { uid, gid } = credentials
  return [...changed, { frame, point: { ...point, uid, gid, ...(point.group !== undefined && { group: gid }) } }]
}

/** The same by the other protocols, and from elsewhere if the rule asks where it comes from. */
function framesBeside({ conditions }: Rule, { frame, point }: Place, space: readonly Box[]): Place[] {
  const asksInterface = conditions.some(
    ({ kind, ...asked }) => kind === 'field' && 'field' in asked && asked.field === 'iif',
  )
  const isBeside = (other: Frame): boolean =>
    (originText(other.origin) === originText(frame.origin) && other.boundTo === frame.boundTo) ||
    (asksInterface && other.protocol === frame.protocol && other.origin.kind !== 'pod' && frame.origin.kind !== 'pod')
  const frames = new Map(
    space.flatMap(({ frame: other }) =>
      other.family === frame.family && isBeside(other) ? [[frameText(other), other] as const] : [],
    ),
  )
  return [...frames.values()].map((other) => ({ frame: other, point }))
}

const originText = (origin: Origin): string => (origin.kind === 'peer' ? origin.interface : origin.kind)

/** The flow, if it lies in the space; what its frame asks for and the point does not say is plain. */
function flowIn(frame: Frame, point: Point, space: readonly Box[], world: World): ConcreteFlow[] {
  for (const root of space) {
    if (frameText(root.frame) !== frameText(frame)) continue
    const plain = plainestOf(root, world)
    const own = Object.fromEntries(
      dimensionsOf(root).map((dimension) => [dimension, point[dimension] ?? plain[dimension]]),
    )
    // Elsewhere the pod has another address.
    const there = contains(root, own)
      ? own
      : { ...own, daddr: plain.daddr, ...(own['saddr'] !== undefined && { saddr: plain.saddr }) }
    if (contains(root, there as Point)) return [flowAt(frame, there as Point)]
  }
  return []
}
