import pLimit, { type LimitFunction } from 'p-limit'
import type { Backend } from '../../flow/backend.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { SharedPredictors } from '../../run/predict/shared-predictors.ts'
import { planWitnesses } from '../../run/witnesses/plan-witnesses.ts'
import { type Answers, WitnessPod, type Witnessed } from '../../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { partsOf } from './parts-by-port.ts'

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
 * has room. While more is asked a pod is begun with that has no room left, or for which nobody has to wait.
 */
export class Driving {
  readonly #sandbox: Promise<Sandbox>
  readonly #signal: AbortSignal
  readonly #limit: LimitFunction
  readonly #jobs: number
  readonly #predictors = new SharedPredictors()
  /** Those that have room, by what they are alike in. */
  readonly #groups = new Map<string, Group>()
  readonly #begun: Promise<void>[] = []
  /** Errors that nobody who has asked gets any more. */
  readonly #unleft: unknown[] = []

  /** @param jobs how many pods at once. */
  constructor(sandbox: Promise<Sandbox>, jobs: number, signal: AbortSignal) {
    this.#sandbox = sandbox
    this.#signal = signal
    this.#limit = pLimit(jobs)
    this.#jobs = jobs
  }

  /** @returns what the kernel answers. @throws where there is no sandbox, or no pod. */
  ask(question: Question): Promise<Answers> {
    const answers = this.#askByPort(question)
    // Whoever awaits it gets the error.
    answers.catch(() => {})
    // What is asked together goes into one pod.
    queueMicrotask(() => this.#beginFree())
    return answers
  }

  /**
   * Waits until every pod has been left, those that are begun meanwhile as well.
   * @throws where one cannot be left that has answered everything.
   */
  async left(): Promise<void> {
    for (const asking of this.#begun) await asking
    for (const error of this.#unleft) throw error
  }

  async #askByPort(question: Question): Promise<Answers> {
    const parts = partsOf(question.flows)
    const answers = await Promise.all(
      parts.map(({ ports, flows }) => this.#ask({ ...question, flows: flows.map(([, flow]) => flow) }, ports)),
    )
    const [first] = answers
    if (first === undefined) throw new TypeError('a part without an answer')
    const flows: Witnessed[] = []
    for (const [at, part] of parts.entries())
      for (const [own, [index]] of part.flows.entries()) {
        const answer = answers[at]?.flows[own]
        if (answer !== undefined) flows[index] = answer
      }
    return { ...first, flows }
  }

  #ask(question: Question, ports: string): Promise<Answers> {
    const { flows } = question
    const key = JSON.stringify([podOf(question), ports])
    const own = new Map(flows.map((flow) => [JSON.stringify(flow), flow]))
    let group = this.#groups.get(key)
    // Both sides are asked about the same flows, from the same ports: those are there already.
    const isFull =
      group !== undefined &&
      (new Map([...group.flows, ...own]).size > mostFlows || group.questions.length === mostQuestions)
    if (group !== undefined && isFull) this.#begin(key, group)
    if (group === undefined || isFull) group = { questions: [], flows: new Map() }
    this.#groups.set(key, group)
    for (const [text, flow] of own) group.flows.set(text, flow)
    const asked = Promise.withResolvers<Answers>()
    group.questions.push({ question, asked })
    return asked.promise
  }

  /** Begins with those that have waited longest, as long as pods are free: what waits is asked together. */
  #beginFree(): void {
    for (const [key, group] of this.#groups) {
      if (this.#limit.activeCount + this.#limit.pendingCount >= this.#jobs) return
      this.#begin(key, group)
    }
  }

  #begin(key: string, group: Group): void {
    this.#groups.delete(key)
    const asking = this.#limit(async () => {
      try {
        await askGroup(group, { sandbox: await this.#sandbox, predictors: this.#predictors, signal: this.#signal })
      } catch (error) {
        this.#unleft.push(error)
        for (const { asked } of group.questions) asked.reject(error)
      }
    })
    this.#begun.push(asking.finally(() => this.#beginFree()))
  }
}

/** What a pod is made of: of which release its proxy is, and what a mesh promises, makes no other one. */
function podOf({ addresses: { shape, podIPs }, profile, backend }: Question): unknown {
  const { proxy, families, listeners, dialsOn, beside } = profile
  return [shape, podIPs, backend, proxy, families, listeners, dialsOn, beside]
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
    if (failed === undefined) throw error
    failed.asked.reject(error)
    // Rules for which this machine is too small say nothing of the others.
    if (asHarnessError(error).skips) return askGroup({ questions: rest, flows }, place)
    for (const { asked } of rest) asked.reject(error)
  }
}
