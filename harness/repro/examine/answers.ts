import type { Family } from '../../core/address.ts'
import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Question } from '../../findings/questions/question.ts'
import type { Answer } from '../../findings/subject.ts'
import { isLeftToChance, outcomesOf } from '../../model/chances.ts'
import { type Prediction, predict } from '../../model/predict.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { refuseSharedState } from '../../run/plan/shared-state.ts'
import { predictedRules, isInDoubt } from '../../run/predict/decided-by.ts'
import { fateOf } from '../../run/witnesses/fate.ts'
import { isOfOurPod } from '../../run/witnesses/our-pod.ts'
import type { WitnessPlan } from '../../run/witnesses/plan-witnesses.ts'
import { type Witnessed, WitnessPod } from '../../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** What was asked, and what is known of it now. */
export interface Answered {
  answers: Answer[]
  /** How many flows were driven, and those of which model and kernel do not say the same. */
  driven: number
  disagreements: readonly Witnessed[]
  /** Why nothing was driven. */
  notDriven?: string
}

interface Place {
  rulesets: Readonly<Record<Family, Ruleset>>
  stack: NetworkStack
  sandbox: Sandbox | { why: string }
  source: string
}

/**
 * Sends every flow that is asked about, or says what the model knows of it where nothing can be driven.
 * @throws HarnessError where the sandbox fails.
 */
export async function answerAll(
  questions: readonly Question[],
  plan: WitnessPlan,
  { rulesets, stack, sandbox, source }: Place,
): Promise<Answered> {
  const predicted = (why: string) => ({
    answers: questions.map((question, index) =>
      predictedAnswer(question, plan.flows[index] ?? question.flow, rulesets, stack),
    ),
    driven: 0,
    disagreements: [],
    notDriven: why,
  })
  if ('why' in sandbox) return predicted(sandbox.why)
  const shared = sharedState(plan, source)
  if (shared !== undefined) return predicted(shared)
  try {
    await using pod = await WitnessPod.stand(sandbox, plan, source)
    const { flows } = await pod.ask(0)
    const answers = questions.map((question, index) => seenAnswer(question, flows[index], rulesets, stack))
    return {
      answers,
      driven: answers.filter(({ result }) => result !== undefined).length,
      disagreements: flows.filter(({ isAsPredicted }) => !isAsPredicted),
    }
  } catch (thrown) {
    const failed: HarnessError = asHarnessError(thrown)
    if (failed.fault !== 'rules') throw failed
    return predicted(failed.line)
  }
}

/** What keeps rules from being loaded at all: that they act outside the pod. */
export function sharedState({ worlds }: WitnessPlan, source: string): string | undefined {
  try {
    for (const { rules } of worlds) refuseSharedState(rules, source)
    return undefined
  } catch (thrown) {
    return asHarnessError(thrown).message
  }
}

function predictedAnswer(
  question: Question,
  flow: ConcreteFlow,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Answer {
  const prediction = predict(flow, rulesets, stack, { keeps: 'all' })
  const decided =
    'unknown' in prediction || isInDoubt(prediction) ? undefined : { predicted: predictedRules(prediction) }
  return { ...question, flow, prediction, ...(decided && { decided }), ...chancesOf(flow, prediction, rulesets, stack) }
}

function seenAnswer(
  question: Question,
  seen: Witnessed | undefined,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Answer {
  if (seen === undefined) throw new Error('a flow without an answer')
  const { flow, result, decided } = seen
  // Of what is not known all is wanted: how far it got.
  const prediction = 'unknown' in seen.prediction ? predict(flow, rulesets, stack, { keeps: 'all' }) : seen.prediction
  if (isOfOurPod({ flow, prediction, result }, stack.pod.mayForward)) return { ...question, flow, prediction }
  return { ...question, flow, prediction, result, decided, ...chancesOf(flow, prediction, rulesets, stack) }
}

/** What may become of a flow, where rules leave that to chance. */
function chancesOf(
  flow: ConcreteFlow,
  prediction: Prediction,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Pick<Answer, 'chances'> {
  if (!isLeftToChance(prediction)) return {}
  const chances = outcomesOf(flow, prediction, rulesets[flow.family], stack)
  const fates = new Set(chances.map(({ prediction: each }) => 'predicted' in each && fateOf(each.predicted)))
  // Where all of them end alike, it is known what becomes of it.
  return fates.size === 1 ? {} : { chances }
}
