import type { FlowResult } from '../../agent/protocol.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { Pod } from '../../sandbox/pod.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import type { PodJob } from '../checks/pod-job.ts'

/**
 * Whether a job's flows are sent without a trace at first, since nobody reads one of a check that passes: a trace takes
 * a third of a flow's time. Not where more than the flows would have to be done again.
 */
export const isTracedAgain = ({ tracesFailed, keepEvidence, initContainers, envoy }: PodJob): boolean =>
  tracesFailed === true && keepEvidence === undefined && !initContainers && envoy === undefined

/**
 * Loads the rules and sends all flows once more, with a trace.
 * @param results what became of them the first time, which counts.
 * @returns the same, with the rules that each matched the second time where it did the same then.
 */
export async function tracedAgain(pod: Pod, plan: JobPlan, results: readonly FlowResult[]): Promise<FlowResult[]> {
  try {
    const [, again] = await Promise.all([pod.load(plan), Array.fromAsync(pod.send(plan.flows))])
    return results.map((result, index) => ({ ...result, traced: tracedOf(result, again[index]) }))
  } catch (thrown) {
    const { message } = asHarnessError(thrown)
    return results.map((result) => ({ ...result, traced: { untraced: `sent once more for a trace: ${message}` } }))
  }
}

function tracedOf(result: FlowResult, again: FlowResult | undefined): FlowResult['traced'] {
  if (again === undefined || outcomeOf(again) !== outcomeOf(result))
    return { untraced: 'sent once more for a trace, it did something else' }
  return again.traced
}

/** Notes tell in the kernel's words of the moment how two ends failed to talk. */
function outcomeOf(result: FlowResult): string {
  if ('error' in result) return JSON.stringify([result.error, result.fault])
  const { notes: _, ...seen } = result.observed
  return JSON.stringify(seen)
}
