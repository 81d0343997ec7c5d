import type { Backend } from '../../flow/backend.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { Check } from './check.ts'

/** Which checks get an evidence folder. */
export type KeepEvidence = 'on-failure' | 'always'

/** One of `count` parts of a plan, from 1. */
export interface Shard {
  index: number
  count: number
}

/** A shard and the plan that it is one of: shards of equal plans make one run. */
export interface PlannedShard extends Shard {
  plan: string
}

/** Checks that share a pod: one scenario on one backend. */
export interface PodJob {
  scenario: Scenario
  backend: Backend
  /** The image of the place where it runs, if that has one. */
  image?: string
  /** Whose promises are held. */
  profile: Profile
  /** What the proxy runs as: the user that the rules are made for. */
  proxy: Credentials
  source: RuleSource
  checks: readonly Check[]
  /** The Envoy that runs in the stub's place: its path in the sandbox. */
  envoy?: string
  keepEvidence?: KeepEvidence
  /** Which rules decided is read of checks that fail alone. */
  tracesFailed?: true
  /** Milliseconds within which its checks have their verdicts. */
  timeout?: number
  /** The mesh's init container applies the rules. */
  initContainers?: true
}

export interface Plan {
  jobs: readonly PodJob[]
  checks: number
  scenarios: number
  /** Scenarios left out under `--rules`. */
  leftOut: number
  /** Which part of the whole plan this is. */
  shard?: PlannedShard
}
