import type { Observed } from '../../flow/verdict.ts'
import type { ExpectedStep } from './expected-journey.ts'

/** Where the journey of a failed check parts from the expected one, as the judge found it. */
export interface Parting {
  /** The step, from 0; it may be one that is missing. */
  at: number
  /** What each step was expected to be, beside `observed.journey`. */
  expected: readonly ExpectedStep[]
}

/**
 * The connection whose rules led a flow astray: 0 is the probe's own, 1 the proxy's first dial, and so on. Each step of
 * a journey is the end of one connection; where a step is missing, it is the last one that was made.
 */
export function astrayConnection({ parting, observed }: { parting?: Parting; observed?: Observed }): number {
  return Math.max(Math.min(parting?.at ?? 0, (observed?.journey.length ?? 0) - 1), 0)
}
