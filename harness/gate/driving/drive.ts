import pLimit, { type LimitFunction } from 'p-limit'
import type { Backend } from '../../flow/backend.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { SharedPredictors } from '../../run/predict/shared-predictors.ts'
import { planWitnesses } from '../../run/witnesses/plan-witnesses.ts'
import { type Answers, WitnessPod } from '../../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/**
 * How many flows one pod is sent in all: each has a port of its own, and every listener is a socket. How many rulesets
 * it is loaded with, one after the other: with more pods, some are loaded while others are sent flows.
 */
const [mostFlows, mostQuestions] = [400, 16]

/** What is asked of the kernel: some flows under one set of rules. */
export interface Question {
  flows: readonly ConcreteFlow[]
  texts: readonly RuleText[]
  profile: Profile
  addresses: PodAddresses
  backend: Backend
  /** Whose rules they are, for messages. */
  source: string
}

/** Questions that one pod can answer, one set of rules after the other. */
interface Group {
  questions: { question: Question; asked: PromiseWithResolvers<Answers> }[]
  flows: Map<string, ConcreteFlow>
}

/**
 * Gathers questions to the kernel, and asks them in few pods: one for each pod's shape, proxy and backend, as long as it
 * has room. A pod that has none left is begun with while more is asked.
 */
export class Driving {
  readonly #sandbox: Promise<Sandbox>
  readonly #signal: AbortSignal
  readonly #limit: LimitFunction
  readonly #predictors = new SharedPredictors()
  /** Those that have room, by what they are alike in. */
  readonly #groups = new Map<string, Group>()
  readonly #begun: Promise<void>[] = []

  /** @param jobs how many pods at once. */
  constructor(sandbox: Promise<Sandbox>, jobs: number, signal: AbortSignal) {
    this.#sandbox = sandbox
    this.#signal = signal
    this.#limit = pLimit(jobs)
  }

  /** @returns what the kernel answers, by the end of `finish`. */
  ask(question: Question): Promise<Answers> {
    const answers = this.#askByPort(question)
    // Whoever awaits it gets the error, once all are asked.
    answers.catch(() => {})
    return answers
  }

  async #askByPort(question: Question): Promise<Answers> {
    const parts = [...Map.groupBy(question.flows, fromPort)]
    if (parts.length < 2) return this.#ask(question)
    const answers = await Promise.all(
      parts.map(async ([from, flows]) => [from, await this.#ask({ ...question, flows })] as const),
    )
    const [[, first] = []] = answers
    if (first === undefined) throw new TypeError('a part without an answer')
    const left = new Map(answers.map(([from, own]) => [from, own.flows.values()]))
    return { ...first, flows: question.flows.flatMap((flow) => left.get(fromPort(flow))?.next().value ?? []) }
  }

  #ask(question: Question): Promise<Answers> {
    const { flows, addresses, profile, backend } = question
    const key = JSON.stringify([addresses.shape, addresses.podIPs, profile, backend, flows[0] && fromPort(flows[0])])
    let group = this.#groups.get(key)
    const isFull =
      group !== undefined && (group.flows.size + flows.length > mostFlows || group.questions.length === mostQuestions)
    if (group !== undefined && isFull) this.#begin(group)
    if (group === undefined || isFull) group = { questions: [], flows: new Map() }
    this.#groups.set(key, group)
    for (const flow of flows) group.flows.set(JSON.stringify(flow), flow)
    const asked = Promise.withResolvers<Answers>()
    group.questions.push({ question, asked })
    return asked.promise
  }

  #begin(group: Group): void {
    const asking = this.#limit(async () => {
      const place = { sandbox: await this.#sandbox, predictors: this.#predictors, signal: this.#signal }
      await askGroup(group, place)
    })
    // It is awaited once everything is asked.
    asking.catch(() => {})
    this.#begun.push(asking)
  }

  /** Asks what is left. @throws where there is no sandbox. */
  async finish(): Promise<void> {
    for (const group of this.#groups.values()) this.#begin(group)
    this.#groups.clear()
    await Promise.all(this.#begun)
  }
}

interface Place {
  sandbox: Sandbox
  predictors: SharedPredictors
  signal: AbortSignal
}

async function askGroup({ questions, flows }: Group, place: Place): Promise<void> {
  const { sandbox, predictors, signal } = place
  const [first] = questions
  if (first === undefined) return
  let answered = 0
  const { profile, addresses, backend, source } = first.question
  const places = new Map([...flows.keys()].map((key, place) => [key, place]))
  const answer = async (): Promise<void> => {
    const worlds = questions.map(({ question }) => question.texts)
    const plan = planWitnesses({ flows: [...flows.values()], worlds, profile, addresses, backend })
    await using pod = await WitnessPod.stand(sandbox, plan, source, predictors)
    for (const [world, { question, asked }] of questions.entries()) {
      signal.throwIfAborted()
      const own = question.flows.flatMap((flow) => places.get(JSON.stringify(flow)) ?? [])
      asked.resolve(await pod.tryOut(world, own))
      answered = world + 1
    }
  }
  try {
    await answer()
  } catch (error) {
    const [failed, ...rest] = questions.slice(answered)
    failed?.asked.reject(error)
    // Rules for which this machine is too small say nothing of the others.
    if (asHarnessError(error).skips) return askGroup({ questions: rest, flows }, place)
    for (const { asked } of rest) asked.reject(error)
  }
}

/**
 * Flows with the same one are sent in one pod: of those that choose no port, it says nothing. Nobody can send from a
 * port on which his own host listens, and somebody listens wherever another flow of the pod is sent to.
 */
function fromPort({ source, destination: { address, port } }: ConcreteFlow): string {
  const own = source?.port
  return own === undefined ? '' : own === port ? `${own} to ${address}` : `${own}`
}
