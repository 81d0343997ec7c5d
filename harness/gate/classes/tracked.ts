import { type Box, frameText } from '../../classes/boxes/frame.ts'
import { type FlowClass, predictionsAt } from '../../classes/class-of.ts'
import type { World } from '../../classes/space/world.ts'
import { rangesOf, rangesText } from '../../classes/words.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Prediction } from '../../model/predict.ts'
import { differenceOf } from './differences.ts'
import { judgeClass } from './judge-class.ts'
import { Turns } from './turns.ts'
import type { Witness } from './witness.ts'

/** A class of flows that fare alike on both sides, which choose otherwise how their connections are tracked. */
export interface Tracked {
  flow: ConcreteFlow
  box: Box
  /** Which rules they meet on either side, and how they fare there: equal texts are tracked alike. */
  way: string
  /** All flows that were compared. */
  space: readonly Box[]
}

/** The class as such, if other zones are chosen for its packets on one side, or that they are not tracked. */
export function trackedOtherwise({ witness: flow, box, predictions }: FlowClass): Omit<Tracked, 'space'> | undefined {
  const [before, after] = predictions
  if (before === undefined || after === undefined || trackingOf(before) === trackingOf(after)) return undefined
  return { flow, box, way: differenceOf({ box, predictions }).difference ?? frameText(box.frame) }
}

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
export async function trackedApart(tracked: readonly Tracked[], worlds: readonly [World, World]): Promise<Witness[]> {
  const turns = new Turns()
  const found: Witness[] = []
  for (const own of Map.groupBy(tracked, ({ way }) => way).values())
    for (const [index, each] of own.entries()) {
      await turns.give()
      const witness = apart(each, worlds)
      if (index === 0 && witness === undefined) break
      if (witness !== undefined) found.push(witness)
    }
  return found
}

function apart({ flow, box, space }: Tracked, worlds: readonly [World, World]): Witness | undefined {
  const predictions = predictionsAt(flow, worlds)
  const { why } = judgeClass({ predictions })
  if (why === undefined) return undefined
  const difference = why === 'apart' ? differenceOf({ box, predictions }) : {}
  return { flow, range: rangesText(rangesOf(box, space)), why, ...difference }
}
