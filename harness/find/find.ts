import type { Family } from '../core/address.ts'
import type { FlowClass } from '../classes/class-of.ts'
import { type World, worldOf } from '../classes/space/world.ts'
import { emptyRuleset, type Ruleset } from '../netfilter/ruleset.ts'
import { loadText } from '../run/predict/loaded-rules.ts'
import { routingBeside } from '../run/plan/policy-routing.ts'
import { isOfOurPod } from '../run/witnesses/our-pod.ts'
import { type Questions, planWitnesses } from '../run/witnesses/plan-witnesses.ts'
import type { Witnessed } from '../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { confirm, type Confirmation, seenFate } from './confirm.ts'
import { isAnswer, type Question } from './question.ts'
import { type Answer, type Search, search } from './search.ts'

/** What a question has found. */
export interface Found extends Omit<Search, 'answers'> {
  question: Question
  answers: readonly (Answer & { seen?: Witnessed })[]
  /** What was driven: the answers' examples, or where there is none, one flow of each class. */
  driven?: Omit<Confirmation, 'flows'> & { flows: readonly Witnessed[] }
  /** Flows that the kernel did something else with than the model says. */
  disagreements: readonly Witnessed[]
}

/** How many flows are driven. */
const mostDriven = 400

/** The world in which rules are asked about: a pod where somebody listens wherever a flow may lead. */
function worldToSearch(rules: Omit<Questions, 'flows'>): World {
  const [texts = []] = rules.worlds
  const rulesets: Record<Family, Ruleset> = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') }
  for (const text of texts) rulesets[text.family] = loadText(text, rules.backend).ruleset
  return worldOf(rulesets, planWitnesses({ ...rules, flows: [] }).pod, routingBeside(texts, rules.profile.beside))
}

/**
 * Which flows have what somebody asks for: in the model, and confirmed in the kernel. Where there are none, one flow of
 * each class is sent, so that nothing rests on the model alone.
 * @param rules of one world.
 * @param sandbox nothing is sent without one. @param source whose rules they are, for messages.
 * @throws HarnessError where the rules are rejected, or no pod stands.
 */
export async function find(
  question: Question,
  rules: Omit<Questions, 'flows'>,
  sandbox: Sandbox | undefined,
  source: string,
): Promise<Found> {
  const found = search(question, worldToSearch(rules))
  const sendable = found.classes.filter(isToldByPod)
  const examples = found.answers.length > 0 ? found.answers.map(({ example }) => example).filter(isToldByPod) : sendable
  const plain = { ...found, question, disagreements: [] }
  if (sandbox === undefined || examples.length === 0) return plain
  const driven = await confirm(
    examples.slice(0, mostDriven).map(({ witness }) => witness),
    rules,
    sandbox,
    source,
  )
  const disagreements = driven.flows.filter(({ isAsPredicted }) => !isAsPredicted)
  const { mayForward } = rules.addresses.shape
  const told = driven.flows.map((seen) => (isOfOurPod(seen, mayForward) ? undefined : seen))
  const answers: Found['answers'] =
    found.answers.length > 0
      ? found.answers.map((answer) => ({ ...answer, ...seenOf(told[examples.indexOf(answer.example)]) }))
      : unforeseen(question, sendable, told)
  return { ...plain, answers, driven, disagreements }
}

/**
 * Where a flow depends on what surrounds the machine that the rules are from, a pod that stands in for it tells nothing
 * of it.
 */
const isToldByPod = ({ predictions: [prediction] }: FlowClass): boolean =>
  prediction === undefined || !('unknown' in prediction) || prediction.isOfSurroundings !== true

const seenOf = (seen: Witnessed | undefined): { seen?: Witnessed } => (seen === undefined ? {} : { seen })

/** What the kernel answers the question by where the model does not. */
function unforeseen(
  question: Question,
  classes: readonly FlowClass[],
  flows: readonly (Witnessed | undefined)[],
): Found['answers'] {
  return flows.flatMap((seen, index) => {
    const [example, fate] = [classes[index], seen && seenFate(seen)]
    return example !== undefined && seen !== undefined && fate !== undefined && isAnswer(question, fate)
      ? { box: example.box, example, seen }
      : []
  })
}
