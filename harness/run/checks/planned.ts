import type { Flow } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { Check } from './check.ts'
import type { PodJob } from './pod-job.ts'

/** What a pod is planned from: a job's scenario and checks, or one flow that somebody asks about. */
export interface Planned extends Omit<PodJob, 'scenario' | 'source' | 'checks'> {
  scenario: Pick<Scenario, 'mesh' | 'rules' | 'proxy' | 'apps' | 'applyTimes' | 'withoutRouting'> & {
    flows: readonly { flow: Flow }[]
  }
  source: Pick<RuleSource, 'profile'>
  checks: readonly PlannedCheck[]
}

export type PlannedCheck = Pick<Check, 'flow' | 'credentials' | 'family'>

export const hasFlow = <C extends PlannedCheck>(check: C): check is C & { flow: Flow; credentials: Credentials } =>
  check.flow !== undefined
