import type { EvidenceResult, FlowPlan } from '../../agent/protocol.ts'
import type { AddressPort, Family } from '../../core/address.ts'
import type { Fault } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import type { DecidedBy, MatchedRule } from '../../flow/matched-rule.ts'
import type { NearMisses } from '../../flow/near-miss.ts'
import type { Applied } from '../../flow/ruleset.ts'
import type { Expected, Observed } from '../../flow/verdict.ts'
import type { Parting } from './parting.ts'
import type { Location, ScenarioName } from '../../scenario/scenario.ts'
import type { JobPlan } from './job-plan.ts'

/** What is expected of loading a scenario's rules: that they are rejected, or that they are accepted each time. */
export type ExpectedLoading =
  | { applies: 'rejected'; at: number; orAt?: number; leaves: 'nothing' | 'part' }
  | { applies: 'accepted'; times: number }

/** One flow × backend × family: what is expected of it. The check of how a scenario's rules are loaded has no flow. */
export interface Check {
  id: string
  scenario: ScenarioName
  location: Location
  backend: Backend
  family: Family
  flow?: Flow
  /** What the flow's identity is, once the rules' profile is known. */
  credentials?: Credentials
  /** The options that a rerun needs; set where a report is read back, since the reading call has other options. */
  carried?: readonly string[]
  expected: Expected | ExpectedLoading
}

/** What the pod looked like after a failure, gathered before it was removed. */
export interface Evidence {
  /** `iptables-save -c` of the check's backend and family. */
  rules: string
  /** The connection-tracking entries of the flow, one a line as `conntrack -L` writes them. */
  conntrack: string[]
}

/** What is kept of a check's pod for its evidence folder. */
export interface Material {
  plan: JobPlan
  found: EvidenceResult
  /** The check's own flow, and what it was sent from. */
  flow?: FlowPlan
  source?: AddressPort
}

/** The rules of the mesh's own builder that keep the promise: one for each connection of the journey. */
export interface PromisedBy {
  source: string
  /**
   * `isMissing`: the pod's rules lack it. If they have the deciding rule but no way to it, this is the first missing
   * rule on the way.
   */
  rules: { rule: MatchedRule; isMissing: boolean }[]
}

/** What became of a check. */
export interface CheckResult {
  check: Check
  status: 'passed' | 'failed' | 'skipped' | 'error'
  fault?: Fault
  /** Why it is not `passed`, in one line. */
  reason?: string
  /** Where the rules came from and what became of them; `none` if there are none for this config. */
  rules: {
    source: string
    applied?: Applied | 'none'
    /** The init containers that applied them, and how each ended; only the last can have failed. */
    initContainers?: readonly EndedInitContainer[]
  }
  /** Of a failure that the builder's maintainer expects: why. Its status is `skipped`. */
  expectedFailure?: string
  observed?: Observed
  /** Of a failed check that has a flow. */
  parting?: Parting
  /**
   * What the model says the rules do, or why it cannot tell. This and `decidedBy` are worked out when they are first
   * read.
   */
  predicted?: Observed | { unknown: string }
  /** Which rules it matched, observed and predicted; an empty list says that no rule did. */
  decidedBy?: DecidedBy
  /** Of a failed check with rules that are not the mesh's: which rules of its own builder decide the same flow. */
  promisedBy?: PromisedBy
  /** Of a failed check whose verdict the model predicted: the rules that missed it by one condition. */
  nearMisses?: NearMisses
  evidence?: Evidence
  material?: Material
  /** The folder of its evidence, once written. */
  evidenceFolder?: string
  environment: string
  durationMs: number
}

/** Whether it is not as expected, or could not be judged. */
export const isBad = ({ status }: Pick<CheckResult, 'status'>): boolean => status === 'failed' || status === 'error'
