import { families } from '../../core/address.ts'
import { fromAnyPort } from '../../classes/any-port.ts'
import { type Box, frameText } from '../../classes/boxes/frame.ts'
import { type FlowClass, predictionsAt } from '../../classes/class-of.ts'
import type { World } from '../../classes/space/world.ts'
import { rangesOf, rangesText } from '../../classes/words.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Prediction } from '../../model/predict.ts'
import { type Ruleset, ruleText } from '../../netfilter/ruleset.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { behaviourOf } from '../changes/behaviour.ts'
import { differenceOf } from './differences.ts'
import { judgeClass } from './judge-class.ts'
import type { Witness } from './witness.ts'

/** A class of flows whose connections the two sides choose otherwise how to track. */
export interface Tracked {
  flow: ConcreteFlow
  box: Box
  /** Which rules they meet on either side, and how they fare there: equal texts are tracked alike. */
  way: string
  /** How they fare on either side where no other rules stand beside these. */
  fares: string
  /** All flows that were compared. */
  space: readonly Box[]
}

/** The class as such, if other zones are chosen for its packets on one side, or that they are not tracked. */
export function trackedOtherwise({ witness: flow, box, predictions }: FlowClass): Omit<Tracked, 'space'> | undefined {
  const [before, after] = predictions
  if (before === undefined || after === undefined || trackingOf(before) === trackingOf(after)) return undefined
  const way = differenceOf({ box, predictions }).difference?.way ?? frameText(box.frame)
  return { flow, box, way, fares: faresOf(predictions) }
}

/**
 * Whether the two sides have other rules in tables that choose how connections are tracked. With the same ones, flows
 * that are apart meet others of them since they go another way, and that is told without a firewall.
 */
export const areTrackedOtherwise = (worlds: readonly World[]): boolean =>
  families.some((family) => new Set(worlds.map(({ rulesets }) => trackingText(rulesets[family]))).size > 1)

const trackingText = ({ tables }: Ruleset): string =>
  [...tables.values()]
    .map(({ chains }) => [...chains.values()].flatMap(({ name, rules }) => rules.map((rule) => ({ name, rule }))))
    .filter((own) => own.some(({ rule }) => rule.statements.some(choosesTracking)))
    .flatMap((own) => own.map(({ name, rule }) => ruleText(name, rule)))
    .join('\n')

const choosesTracking = ({ kind }: Statement): boolean => kind === 'notrack' || kind === 'zone'

const faresOf = (predictions: readonly Prediction[]): string =>
  predictions
    .map((prediction) => ('unknown' in prediction ? prediction.unknown : behaviourOf(prediction.predicted)))
    .join('\n')

const trackingOf = ({ attempts }: Prediction): string =>
  attempts
    .map(({ steps }) =>
      steps.flatMap(({ rule, packet }) =>
        rule.statements.flatMap((statement) => {
          if (statement.kind === 'notrack') return [`${packet} untracked`]
          return statement.kind === 'zone' ? [`${packet} ${statement.direction} ${statement.zone}`] : []
        }),
      ),
    )
    .join('\n')

/**
 * Which of them are apart where other rules stand beside both sides', and not in the way that they are without: rules
 * that ask for the state of a connection alone, and for loopback, and so cut no class.
 */
export function trackedApart(tracked: readonly Tracked[], worlds: readonly [World, World]): Witness[] {
  const found: Witness[] = []
  for (const own of Map.groupBy(tracked, ({ way }) => way).values())
    for (const [index, each] of own.entries()) {
      const witness = apart(each, worlds)
      if (index === 0 && witness === undefined) break
      if (witness !== undefined) found.push(witness)
    }
  return found
}

function apart({ flow, box, space, fares }: Tracked, worlds: readonly [World, World]): Witness | undefined {
  const predictions = predictionsAt(flow, worlds)
  const { why } = judgeClass({ predictions })
  if (why === undefined || (why === 'apart' && faresOf(predictions) === fares)) return undefined
  const difference = why === 'apart' ? differenceOf({ box, predictions }) : {}
  return {
    flow: fromAnyPort({ witness: flow, box }, worlds),
    range: rangesText(rangesOf(box, space)),
    why,
    ...difference,
  }
}
