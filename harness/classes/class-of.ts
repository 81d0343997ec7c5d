import type { ConcreteFlow } from '../flow/flow.ts'
import type { Scalar } from '../netfilter/interval-set.ts'
import { addressNumber } from '../netfilter/wide-values.ts'
import type { Attempt } from '../model/path/connection-attempt.ts'
import { type Prediction, predict, withDeciding } from '../model/predict.ts'
import type { Supposed } from '../model/rules/trail.ts'
import { findCell, type Told } from './alike/find-cell.ts'
import { chosenSource, flowAt } from './space/flow-at.ts'
import type { Box, Point } from './boxes/frame.ts'
import type { World } from './space/world.ts'
import { isAnyPort } from './any-port.ts'

/** Flows that the model cannot tell apart: the same rules match all of them, and the same becomes of them. */
export interface FlowClass {
  box: Box
  /** The plainest of them. Its source is left out where any will do, or the route chooses that one. */
  witness: ConcreteFlow
  /** Of the witness, one for each world, in their order; with the rules that match it, or may. */
  predictions: readonly Prediction[]
  /**
   * The same for every way in which rules may answer of which nobody knows, if those were tried. It is all that they
   * can do.
   */
  supposed?: readonly (readonly Prediction[])[]
}

/**
 * The class of one flow.
 * @param within a box that has the flow, such as one from `spaceOf`: its class goes no further.
 */
export function classOf(
  point: Point,
  within: Box,
  worlds: readonly World[],
  { supposes = false, ...options }: TellOptions = {},
): FlowClass {
  const flow = flowAt(within.frame, point)
  const told = worlds.map((world) => tell(flow, world, options))
  const supposed = supposes ? supposeAll(told, (world, all) => tell(flow, world, options, all)) : []
  const box = findCell(point, within, [...told, ...supposed.flat()])
  return {
    box,
    witness: witnessAt(point, box, within, worlds),
    predictions: predictionsOf(told),
    ...(supposed.length > 0 && { supposed: supposed.map(predictionsOf) }),
  }
}

/** What becomes of a flow in each world, in their order; which rules decide is left out. */
export const predictionsAt = (flow: ConcreteFlow, worlds: readonly World[]): Prediction[] =>
  predictionsOf(worlds.map((world) => tell(flow, world, { byRule: false })))

export interface TellOptions {
  /** Whether the flows of the class have the rule in common that decides: each connection, or their own alone. */
  byRule?: boolean | 'own'
  /** Of which flows that is asked: by default of all. */
  asksRuleOf?: (prediction: Prediction) => boolean
  /** Whether rules of which nobody knows whether they match are tried either way. */
  supposes?: boolean
}

const predictionsOf = (told: readonly Told[]): Prediction[] => told.map(({ prediction }) => withMatched(prediction))

/** Of thousands of classes nobody can keep every rule that was tried. */
function withMatched(prediction: Prediction): Prediction {
  const attempts = prediction.attempts.map(onlyMatched)
  if ('predicted' in prediction || prediction.last === undefined) return { ...prediction, attempts }
  return { ...prediction, attempts, last: onlyMatched(prediction.last) }
}

const onlyMatched = <T extends Attempt>(tried: T): T => ({
  ...tried,
  passed: [],
  steps: tried.steps.filter(({ truth }) => truth !== false),
})

/** In how many ways rules that nobody knows may answer, at most. */
const mostSupposed = 64

/**
 * What becomes of a flow for every way in which rules may answer of which nobody knows: in all worlds the same, where
 * they ask the same of the same packet.
 * @returns for each of them the same as `told`, in the order of the worlds; nothing where there are none, or too many.
 */
function supposeAll(told: readonly Told[], tellWith: (world: World, supposed: Supposed) => Told): Told[][] {
  const found: Told[][] = []
  const pending: [Supposed, readonly Told[]][] = [[new Map(), told]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [supposed, own] = next
    const open = own.flatMap(({ prediction }) => suppositionOf(prediction) ?? [])[0]
    if (open === undefined) {
      if (supposed.size > 0) found.push([...own])
      continue
    }
    if (found.length + pending.length >= mostSupposed) return []
    for (const truth of [false, true]) {
      const more = new Map(supposed).set(open, truth)
      const isAsked = ({ prediction }: Told) => suppositionOf(prediction) === open
      pending.push([more, own.map((one) => (isAsked(one) ? tellWith(one.world, more) : one))])
    }
  }
  return found
}

/** What would have to be supposed to know all that becomes of a flow. */
const suppositionOf = (prediction: Prediction): string | undefined =>
  ('unknown' in prediction ? prediction : prediction.answerUnknown)?.supposition

function tell(flow: ConcreteFlow, world: World, { byRule = true, asksRuleOf }: TellOptions, supposed?: Supposed): Told {
  const { rulesets, stack } = world
  const without: Attempt[] = []
  stack.lookedUp.clear()
  const told = predict(flow, rulesets, stack, { keeps: 'telling', decides: false, ...(supposed && { supposed }) })
  const isAsked = byRule !== false && asksRuleOf?.(told) !== false
  const most = byRule === 'own' ? 1 : Infinity
  const prediction = isAsked ? withDeciding(told, rulesets, stack, most, (tried) => without.push(tried)) : told
  return { world, prediction, without, lookedUp: new Set(stack.lookedUp) }
}

/** The flow without a source that it has anyway. */
function witnessAt(point: Point, cell: Box, within: Box, worlds: readonly World[]): ConcreteFlow {
  const { saddr, sport, ...others } = point
  const { sport: ports } = cell.in
  // Part of a space may have a few ports alone, and a class of it none but those.
  const isAny = ports !== undefined && ports === within.in.sport && isAnyPort(ports, worlds)
  return flowAt(cell.frame, {
    ...others,
    ...(saddr !== undefined && !isChosen(saddr, flowAt(cell.frame, others), worlds) && { saddr }),
    ...(sport !== undefined && !isAny && { sport }),
  })
}

/** Whether a flow has this source anyway, in all worlds. */
const isChosen = (saddr: Scalar, bare: ConcreteFlow, worlds: readonly World[]): boolean =>
  worlds.every(({ stack }) => {
    const chosen = chosenSource(bare, stack)
    return chosen !== undefined && addressNumber(chosen) === saddr
  })
