import { HarnessError } from '../core/errors.ts'
import type { Family } from '../core/address.ts'
import type { Backend } from '../flow/backend.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { RuleSource } from '../source/source.ts'
import type { RunListener, Summary } from './events.ts'

export interface RunOptions {
  scenarios: readonly Scenario[]
  /** Whose promises: a mesh and perhaps one release. By default each scenario's newest built-in release in its range. */
  mesh?: { name: string; release?: string }
  /** Whose rules; by default the built-in builder of the release whose promises are held. */
  source?: RuleSource
  /** The config that a fixed source (`file:`) was made from: scenarios with an equal one run. */
  config?: Readonly<Record<string, unknown>>
  backends: readonly Backend[]
  families?: readonly Family[]
  /** Matched against check ids. */
  grep?: RegExp
  /** Pods under way at once. */
  jobs: number
  repeat: number
  bail: boolean
  /** Shown in the report, and the seed of anything that is random. */
  command: readonly string[]
  /** Aborting ends the run after what is under way; the report says `interrupted`. */
  signal: AbortSignal
}

/**
 * Runs every check that is selected and tells the listener.
 * @throws HarnessError (`input`) if nothing was selected or ids repeat, before anything is started; (`machine`) if this
 * machine has no sandbox. What goes wrong later is in the results, and in `end`.
 */
export async function run(options: RunOptions, listen: RunListener): Promise<Summary> {
  void options
  void listen
  throw new HarnessError('sidetrack', 'not there yet')
}
