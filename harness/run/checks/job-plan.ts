import type { DrivenFlow, RulesPlan } from '../../agent/protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'

/**
 * A job with nothing symbolic left in it: a pod, the rules that are loaded into it, and the flows that are sent through
 * them.
 */
export interface JobPlan extends RulesPlan {
  pod: PodPlan
  flows: readonly DrivenFlow[]
}
