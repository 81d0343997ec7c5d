import type { DriveResult, FlowPlan } from '../../harness/agent/protocol.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import { loadRules } from '../../harness/iptables/load.ts'
import type { Ruleset } from '../../harness/iptables/tree.ts'
import type { Prediction } from '../../harness/model/predict.ts'
import { predictPod } from '../../harness/run/predict-pod.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { inWords } from './difference.ts'
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
  const drive = await sandbox.ask('drive', plan)
  const { rules } = await sandbox.ask('evidence', { pod: drive.pod })
  await sandbox.ask('release', { pod: drive.pod })
  const predictions = predictPod(plan, drive.applied)
  const rejected = drive.applied !== 'none' && !drive.applied.ok ? [`rejected: ${drive.applied.text}: ${drive.applied.message}`] : []
  const differences = given.flows.flatMap((flow, index) => compareFlow(flow, predictions[index], drive.flows[index]))
  // A connection that is dropped is tried again, and a bridge tells its multicast groups of its own accord.
  const isCounted =
    !given.inner && predictions.every((prediction) => 'predicted' in prediction && prediction.predicted.verdict !== 'dropped')
  const family = given.flows[0]?.family ?? 'ipv4'
  const loaded = loadRules([{ form: 'restore', family, payload: rules[family] }], family)
  if (loaded.failed !== undefined) throw loaded.failed
  const miscounted = isCounted && rejected.length === 0 ? compareCounters(predictions, loaded.ruleset) : []
  const unknown = predictions.filter((prediction) => 'unknown' in prediction).length
  return { compared: given.flows.length - unknown, unknown, disagreements: [...rejected, ...differences, ...miscounted] }
}

function compareFlow(flow: FlowPlan, prediction: Prediction | undefined, result: DriveResult['flows'][number] | undefined): string[] {
  if (prediction === undefined || result === undefined || 'unknown' in prediction) return []
  const [predicted, observed] = [prediction.predicted, 'error' in result ? result.error : result.observed]
  const seen = typeof observed === 'string' ? observed : inWords(observed)
  const said = inWords(predicted)
  return said === seen ? [] : [`${JSON.stringify(flow)}: the model says ${said}, the kernel ${seen}`]
}

/** nat counts every connection once: its counters are the paths that all connections took. */
function compareCounters(predictions: readonly Prediction[], ruleset: Ruleset): string[] {
  const counts = new Map<string, number>()
  for (const { dials } of predictions)
    for (const { steps } of dials)
      for (const { table, chain, number, truth } of steps)
        if (table === 'nat' && truth === true) counts.set(`${chain} ${number}`, (counts.get(`${chain} ${number}`) ?? 0) + 1)
  const chains = [...(ruleset.tables.get('nat')?.chains.values() ?? [])]
  return chains.flatMap(({ name, rules }) =>
    rules.flatMap(({ counters }, index) => {
      const predicted = counts.get(`${name} ${index + 1}`) ?? 0
      return counters?.packets === predicted
        ? []
        : [`nat ${name} rule ${index + 1}: the model counts ${predicted}, the kernel ${counters?.packets}`]
    }),
  )
}
