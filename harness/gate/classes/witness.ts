import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Observed } from '../../flow/verdict.ts'
import type { Sides } from '../compared/sides.ts'

/** A flow that may be treated otherwise on the two sides: the kernel is asked. */
export interface Witness {
  flow: ConcreteFlow
  /** All flows that it stands for, in words; the empty text where nothing sets them apart. */
  range?: string
  /** `apart`: the model says so; `unjudged`: it cannot tell what one of the sides does. */
  why: 'apart' | 'unjudged'
  /** In what the two sides are apart, where the model knows it of both. */
  difference?: Difference
}

/** What two rulesets do otherwise with a flow, as the model has it. */
export interface Difference {
  /** One text for all flows of one kind that meet the same rules on either side, and fare the same there. */
  way: string
  /** One text for all flows that fare the same on either side, of whichever kind and by whichever rules. */
  fares: string
  predicted: Sides<Observed>
}

/** One that others stand for. */
export type Held = Witness & { difference: Difference }

/** Who would send from which port, as one text: where it is taken for one flow, it is for all. */
export const portOf = ({ flow: { origin, protocol, family, source } }: Witness): string =>
  JSON.stringify([origin, protocol, family, source])
