import pLimit from 'p-limit'
import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { Profile } from '../mesh/profile.ts'
import type { PodAddresses } from '../run/pod-addresses.ts'
import { planWitnesses } from '../run/witnesses/plan-witnesses.ts'
import { type Answers, WitnessPod } from '../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** How many flows one pod is sent in all: each has a port of its own, and every listener is a socket. */
const mostFlows = 400

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
  questions: { question: Question; answered: (answers: Promise<Answers>) => void }[]
  flows: Map<string, ConcreteFlow>
}

/** Gathers questions to the kernel, and asks them in as few pods as they need: one for each pod's shape, proxy and backend. */
export class Driving {
  readonly #groups = new Map<string, Group[]>()

  /** @returns what the kernel answers, once `run` is called. */
  async ask(question: Question): Promise<Answers> {
    const isChosen = ({ source }: ConcreteFlow): boolean => source?.port !== undefined
    const parts = [question.flows.filter((flow) => !isChosen(flow)), question.flows.filter(isChosen)]
    const [plain, chosen] = parts
    if (plain?.length === 0 || chosen?.length === 0) return this.#ask(question)
    // Nobody can send from a port on which its own host listens, and somebody listens wherever another flow is sent to.
    const [first, second] = await Promise.all(parts.map((flows) => this.#ask({ ...question, flows })))
    if (first === undefined || second === undefined) throw new TypeError('two parts have two answers')
    const [own, others] = [first.flows.values(), second.flows.values()]
    const flows = question.flows.flatMap((flow) => (isChosen(flow) ? others : own).next().value ?? [])
    return { ...first, flows }
  }

  #ask(question: Question): Promise<Answers> {
    const { flows, addresses, profile, backend } = question
    const isChosen = flows.some(({ source }) => source?.port !== undefined)
    const key = JSON.stringify([addresses.shape, addresses.podIPs, profile, backend, isChosen])
    const groups = this.#groups.get(key) ?? []
    this.#groups.set(key, groups)
    let group = groups.at(-1)
    if (group === undefined || group.flows.size + flows.length > mostFlows) {
      group = { questions: [], flows: new Map() }
      groups.push(group)
    }
    for (const flow of flows) group.flows.set(JSON.stringify(flow), flow)
    const { promise, resolve } = Promise.withResolvers<Answers>()
    group.questions.push({ question, answered: resolve })
    // Whoever awaits it gets the error.
    promise.catch(() => {})
    return promise
  }

  /** Asks all of them. @param jobs how many pods at once. */
  async run(sandbox: Sandbox, jobs: number, signal: AbortSignal): Promise<void> {
    const limit = pLimit(jobs)
    await Promise.all([...this.#groups.values()].flat().map((group) => limit(() => askGroup(group, sandbox, signal))))
    this.#groups.clear()
  }
}

async function askGroup({ questions, flows }: Group, sandbox: Sandbox, signal: AbortSignal): Promise<void> {
  const [first] = questions
  if (first === undefined) return
  const { profile, addresses, backend, source } = first.question
  const all = [...flows.keys()]
  const answer = async (): Promise<void> => {
    const worlds = questions.map(({ question }) => question.texts)
    const plan = planWitnesses({ flows: [...flows.values()], worlds, profile, addresses, backend })
    await using pod = await WitnessPod.stand(sandbox, plan, source)
    for (const [world, { question, answered }] of questions.entries()) {
      signal.throwIfAborted()
      const own = question.flows.map((flow) => all.indexOf(JSON.stringify(flow)))
      const answers = await pod.tryOut(world, own)
      answered(Promise.resolve(answers))
    }
  }
  try {
    await answer()
  } catch (error) {
    // Those that have been answered already stay so.
    for (const { answered } of questions) answered(Promise.reject(error))
  }
}
