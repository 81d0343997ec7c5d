import type { Family } from '../../core/address.ts'
import type { Issue } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ExpectedFailures } from './expected-failures.ts'
import type { KeepEvidence, Shard } from './pod-job.ts'
import type { Wanted } from './selected.ts'

/** A run: which checks, in which sandboxes, in what manner. */
export interface RunOptions {
  what: Selection
  /** At least one; every check runs in each of them. */
  where: readonly Place[]
  how: Manner
}

/** Which checks: scenarios, whose promises they are held to, whose rules run, and which part of what that makes. */
export interface Selection extends Wanted {
  scenarios: readonly Scenario[]
  /** What is wrong with files that hold further ones: the run says so, and does not pass. */
  broken?: readonly Issue[]
  /**
   * Whose promises: a mesh and perhaps one release. By default each scenario's newest built-in release in its range.
   */
  mesh?: { name: string; release?: string }
  /** Whose rules; by default the built-in builder of the release whose promises are held. */
  source?: RuleSource
  /** The config that a fixed source (`file:`) was made from: scenarios with an equal one run. */
  config?: Readonly<Record<string, unknown>>
  /** The annotations of the pod that it was made for. */
  podAnnotations?: Readonly<Record<string, string>>
  /** Options of the mesh's config that the source does not have: scenarios with one of them are left out. */
  without?: ReadonlySet<string>
  backends: readonly Backend[]
  families?: readonly Family[]
  /** Which part of it; by default all. */
  shard?: Shard
  /** Milliseconds that checks took, by id, for shards that take about as long. */
  durations?: ReadonlyMap<string, number>
  /** Whether a scenario runs this time, and before the others; by default all do. */
  touched?: (scenario: Scenario) => Touched
}

export type Touched = 'first' | 'too' | 'not'

/** A sandbox, which may still be starting. */
export interface Place {
  sandbox: Promise<Sandbox>
  /** Of a container, the name of the image as check ids end with it. */
  image?: string
  /** The mesh's init container applies the rules; the sandbox has its image. */
  initContainers?: true
}

/** In what manner checks run. */
export interface Manner {
  /** Pods under way at once. */
  jobs: number
  repeat: number
  /** Ends the run at the first check that does not pass. */
  bail: boolean
  /** Notices that could be counted are all said. */
  saysAll?: boolean
  /** Which checks get an evidence folder. */
  keepEvidence?: KeepEvidence
  /** Which rules decided is read of checks that fail alone. */
  tracesFailed?: true
  /** Milliseconds within which the checks of a pod have their verdicts, where the scenario says nothing else. */
  timeout?: number
  /** The Envoy that runs in the stub's place. */
  envoy?: EnvoyChoice
  /** Failures that are known and count as skipped. */
  expectedFailures?: ExpectedFailures
  /** Shown in the report. */
  command: readonly string[]
  /** Aborting ends the run after the pods under way; the report says `interrupted`. */
  signal: AbortSignal
}

export interface EnvoyChoice {
  /** What the user calls it. */
  name: string
  /** Its path in the sandbox. */
  path: string
}
