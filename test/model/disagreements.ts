import type { FlowPlan, FlowResult } from '../../harness/agent/protocol.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import type { Observed } from '../../harness/flow/verdict.ts'
import type { Prediction } from '../../harness/model/predict.ts'
import { withAccounts } from '../../harness/run/predict/accounts.ts'
import { decidedBy } from '../../harness/run/predict/decided-by.ts'
import { type LoadedRules, loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { inWords, pathInWords } from './difference.ts'
import { type Case, podPlan } from './pod.ts'

export interface Compared {
  /** Flows with a prediction. */
  compared: number
  unknown: number
  disagreements: string[]
}

/** Sends a case's flows through its rules in a real pod and through the model, and says where the two part. */
export async function compareWithKernel(sandbox: Sandbox, backend: Backend, given: Case): Promise<Compared> {
  const plan = podPlan(backend, given)
  await using pod = await sandbox.stand(plan.pod)
  const { applied } = await pod.load(plan)
  const results = await Array.fromAsync(pod.send(plan.flows))
  const loaded = await withAccounts(loadPodRules(plan, applied), pod)
  const predictions = predictPod(plan, applied, loaded)
  const rejected = applied !== 'none' && !applied.ok ? [`rejected: ${applied.text}: ${applied.message}`] : []
  const differences = plan.flows.flatMap((flow, index) => compareFlow(flow, predictions[index], results[index], loaded))
  const unknown = predictions.filter((prediction) => 'unknown' in prediction).length
  return { compared: given.flows.length - unknown, unknown, disagreements: [...rejected, ...differences] }
}

function compareFlow(
  flow: FlowPlan,
  prediction: Prediction | undefined,
  result: FlowResult | undefined,
  loaded: LoadedRules,
): string[] {
  if (prediction === undefined || result === undefined || 'unknown' in prediction) return []
  const { observed: matched = [], predicted: foreseen, untraced } = decidedBy(result, prediction, flow.family, loaded)
  const path = untraced ?? pathInWords(matched)
  // Where a rule that decides nothing asks what nobody knows, the model says what becomes of the flow and not which
  // rules it matches.
  const foretold = withoutAnswer(prediction.predicted, prediction)
  const said = `${inWords(foretold)} by ${foreseen === undefined ? path : pathInWords(foreseen)}`
  const seen = `${'error' in result ? result.error : inWords(withoutAnswer(result.observed, prediction))} by ${path}`
  return said === seen ? [] : [`${JSON.stringify(flow)}: the model says ${said}, the kernel ${seen}`]
}

/** The same, where it is not known whether the answer comes back, without that. */
function withoutAnswer({ answered, ...observed }: Observed, prediction: Prediction): Observed {
  const isKnown = 'unknown' in prediction || prediction.answerUnknown === undefined
  return { ...observed, ...(isKnown && answered !== undefined && { answered }) }
}
