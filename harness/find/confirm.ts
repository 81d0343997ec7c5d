import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { type Questions, planWitnesses } from '../run/witnesses/plan-witnesses.ts'
import { type Witnessed, WitnessPod } from '../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Fate } from './question.ts'

/** What became of flows that were sent. */
export interface Confirmation {
  backend: Backend
  /** Of iptables. */
  version: string
  /** In the order of the flows. */
  flows: readonly Witnessed[]
}

/**
 * Sends flows through the rules in one pod.
 * @param question with the rules, and whose proxy is there. @param source whose rules they are, for messages.
 * @throws HarnessError where the rules are rejected, or no pod stands.
 */
export async function confirm(
  flows: readonly ConcreteFlow[],
  question: Omit<Questions, 'flows'>,
  sandbox: Sandbox,
  source: string,
): Promise<Confirmation> {
  const { backend } = question
  await using pod = await WitnessPod.stand(sandbox, planWitnesses({ ...question, flows }), source)
  const { flows: witnessed } = await pod.ask(0)
  return { backend, version: sandbox.info.iptables[backend] ?? '', flows: witnessed }
}

/** What was seen of a flow, as a question has it; undefined where it could not be driven. */
export function seenFate({ result, decided }: Witnessed): Fate | undefined {
  return 'error' in result ? undefined : { observed: result.observed, matched: decided.observed ?? decided.predicted }
}
