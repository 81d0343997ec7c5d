import type { Attempt } from '../../model/path/connection-attempt.ts'
import { begunOf, type Prediction } from '../../model/predict.ts'
import type { RuleStep } from '../../model/rules/trail.ts'
import { does } from '../../netfilter/does.ts'
import { addressOfNumber } from '../../netfilter/wide-values.ts'
import { answeredAlike, type Tried } from './answered-alike.ts'
import { Cell, type Constraint } from './cell.ts'
import type { Box, Point } from '../boxes/frame.ts'
import { markRoutedAlike } from './marks-alike.ts'
import { isPartialMark } from '../marks/partial-mark.ts'
import { translatedAlike } from './translated-alike.ts'
import type { World } from '../space/world.ts'

/** What the model did for a flow in one world, with every rule that it tried. */
export interface Told {
  world: World
  prediction: Prediction
  /** What it tried to find out which rule decides. */
  without: readonly Attempt[]
  /** The ports at which a socket was looked for in the pod. */
  lookedUp: ReadonlySet<number>
}

/**
 * The flows that go the same way as one does, in every world: each condition that was asked on its way gets the same
 * answer from all of them, and what the model itself tells apart is the same.
 * @param within the box that the flow was taken from.
 */
export function findCell(point: Point, within: Box, told: readonly Told[]): Box {
  const cell = new Cell(point, within)
  const choices: Constraint[][][] = []
  for (const { world, prediction, without, lookedUp } of told) {
    narrowByStack(world, prediction, lookedUp, cell)
    for (const [index, attempt] of begunOf(prediction).entries())
      choices.push(...askedOf(attempt, index === 0, world, cell))
    for (const attempt of without) choices.push(...askedOf(attempt, isFirst(attempt, prediction), world, cell))
  }
  for (const choice of choices) for (const constraint of leastSplitting(choice, cell)) cell.narrow(constraint)
  return cell.box
}

const isFirst = ({ flow }: Attempt, { attempts: [first] }: Prediction): boolean =>
  first === undefined || flow === first.flow

/** @returns of each rule that did not match what would keep it from matching, where there is a choice. */
function askedOf({ steps }: Attempt, isOwn: boolean, world: World, cell: Cell): Constraint[][][] {
  const choices: Constraint[][][] = []
  let [isMixed, isCopied] = [false, false]
  for (const step of steps) {
    const tried: Tried = { step, isOwn, isMixed, isCopied }
    if (step.truth === false) {
      const failed = constraintsOfFailed(step, tried, cell)
      if (failed.length > 1) choices.push(failed)
      else for (const constraint of failed[0] ?? []) cell.narrow(constraint)
      continue
    }
    for (const answer of step.answers)
      for (const constraint of answeredAlike(answer, tried, cell)) cell.narrow(constraint)
    for (const statement of step.rule.statements)
      for (const constraint of translatedAlike(statement, step.hook, world, cell)) cell.narrow(constraint)
    isMixed ||= step.rule.statements.some(isPartialMark)
    isCopied ||= does(step.rule, 'connmark')
  }
  return choices
}

/** What keeps each false condition false; nothing where one of them is so for every flow of the frame. */
function constraintsOfFailed({ answers }: RuleStep, tried: Tried, cell: Cell): Constraint[][] {
  const found: Constraint[][] = []
  for (const answer of answers) {
    if (answer.truth !== false) continue
    const constraints = answeredAlike(answer, tried, cell)
    if (constraints.length === 0) return []
    found.push(constraints)
  }
  return found
}

/** One false condition is enough for a rule not to match: the one that leaves the most flows together. */
function leastSplitting(choice: readonly Constraint[][], cell: Cell): readonly Constraint[] {
  let [best, most] = [choice[0] ?? [], -1]
  for (const constraints of choice) {
    const cutting = cell.cutting(constraints)
    if (cutting.length === 0) return []
    const kept = cell.kept(cutting)
    if (kept > most) [best, most] = [constraints, kept]
  }
  return best
}

/** What the pod tells apart: addresses always, since every packet is routed; ports where a socket was looked for. */
function narrowByStack(
  { stack, distinctions }: World,
  prediction: Prediction,
  lookedUp: ReadonlySet<number>,
  cell: Cell,
): void {
  const { frame } = cell
  const { saddr, daddr, dport } = cell.point
  const distinct = distinctions[frame.family]
  if (typeof saddr === 'bigint') cell.narrow({ dimension: 'saddr', set: distinct.sourcesLike(saddr, frame) })
  if (typeof daddr === 'bigint') cell.narrow({ dimension: 'daddr', set: distinct.destinationsLike(daddr, frame) })
  const { protocol } = frame
  if (
    typeof dport === 'number' &&
    protocol !== 'icmp' &&
    (lookedUp.has(dport) || isServed(prediction, stack, daddr, frame))
  )
    cell.narrow({ dimension: 'dport', set: distinct.portsLike(dport, protocol) })
  for (const constraint of markRoutedAlike(stack.routing, cell)) cell.narrow(constraint)
}

/** Whether the proxy passes it on to a place that it knows by its port: one in the pod, or a service's. */
function isServed(
  { attempts }: Prediction,
  stack: World['stack'],
  daddr: Point[string & keyof Point],
  { family }: Box['frame'],
): boolean {
  const passesInbound = attempts.some(({ outcome }) => outcome.kind === 'received' && outcome.passesOn === 'inbound')
  const address = typeof daddr === 'bigint' ? addressOfNumber(daddr, family) : ''
  return passesInbound || stack.isLocal(address) || stack.pod.proxy.services.some(({ at }) => at.address === address)
}
