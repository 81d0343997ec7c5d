import type { Box } from '../../classes/boxes/frame.ts'
import { predictionsAt } from '../../classes/class-of.ts'
import type { World } from '../../classes/space/world.ts'
import { rangesOf, rangesText } from '../../classes/words.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Prediction } from '../../model/predict.ts'
import { differenceOf } from './differences.ts'
import { judgeClass } from './judge-class.ts'
import type { Witness } from './witness.ts'

/** A class of flows that fare alike on both sides, which choose otherwise how their connections are tracked. */
export interface Tracked {
  flow: ConcreteFlow
  box: Box
  /** All flows that were compared. */
  space: readonly Box[]
}

/** Whether other zones are chosen for a flow's packets, or that they are not tracked. */
export const isTrackedOtherwise = ([before, after]: readonly Prediction[]): boolean =>
  before !== undefined && after !== undefined && trackingOf(before) !== trackingOf(after)

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
 * Which of them fare otherwise where other rules stand beside both sides': rules that ask for the state of a connection
 * alone, and for loopback, and so cut no class.
 */
export function trackedApart(tracked: readonly Tracked[], worlds: readonly [World, World]): Witness[] {
  return tracked.flatMap(({ flow, box, space }): Witness[] => {
    const predictions = predictionsAt(flow, worlds)
    const { why } = judgeClass({ predictions })
    if (why === undefined) return []
    const difference = why === 'apart' ? differenceOf({ box, predictions }) : {}
    return [{ flow, range: rangesText(rangesOf(box, space)), why, ...difference }]
  })
}
