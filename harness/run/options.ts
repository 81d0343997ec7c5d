import type { Family } from '../core/address.ts'
import type { Backend } from '../flow/backend.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { RuleSource } from '../source/source.ts'
import type { KeepEvidence, Shard } from './pod-job.ts'

/** What is run, on what, and how. */
export interface RunOptions {
  scenarios: readonly Scenario[]
  /** Whose promises: a mesh and perhaps one release. By default each scenario's newest built-in release in its range. */
  mesh?: { name: string; release?: string }
  /** Whose rules; by default the built-in builder of the release whose promises are held. */
  source?: RuleSource
  /** The config that a fixed source (`file:`) was made from: scenarios with an equal one run. */
  config?: Readonly<Record<string, unknown>>
  /** The annotations of the pod that it was made for. */
  podAnnotations?: Readonly<Record<string, string>>
  backends: readonly Backend[]
  families?: readonly Family[]
  /** Matched against check ids. */
  grep?: RegExp
  /** Which part of it; by default all. */
  shard?: Shard
  /** Pods under way at once. */
  jobs: number
  repeat: number
  bail: boolean
  /** Shown in the report. */
  command: readonly string[]
  /** Of which checks all is kept that can be found out about their pods. */
  keepEvidence?: KeepEvidence
  /** Aborting ends the run after what is under way; the report says `interrupted`. */
  signal: AbortSignal
  /** The Envoy that runs in the stub's place. */
  envoy?: EnvoyChoice
  /** The mesh's init container applies the rules; the sandbox has its image. */
  initContainers?: true
  /** Where pods live; by default a sandbox of the run's own. */
  sandbox?: Promise<Sandbox>
  /** Or several, one an image: every check runs in each of them, and its id ends with the image's name. */
  containers?: readonly ContainerChoice[]
}

export interface EnvoyChoice {
  /** What the user calls it. */
  name: string
  /** Its path in the sandbox. */
  path: string
}

export interface ContainerChoice {
  /** As check ids have it. */
  image: string
  sandbox: Promise<Sandbox>
}
