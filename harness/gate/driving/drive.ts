import pLimit from 'p-limit'
import type { Backend } from '../../flow/backend.ts'
import { asHarnessError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { planWitnesses } from '../../run/witnesses/plan-witnesses.ts'
import { type Answers, WitnessPod } from '../../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

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
  questions: { question: Question; asked: PromiseWithResolvers<Answers> }[]
  flows: Map<string, ConcreteFlow>
}

/**
 * Gathers questions to the kernel, and asks them in as few pods as they need: one for each pod's shape, proxy and
 * backend.
 */
export class Driving {
  readonly #groups = new Map<string, Group[]>()

  /** @returns what the kernel answers, once `run` is called. */
  ask(question: Question): Promise<Answers> {
    const answers = this.#askInTurns(question)
    // Whoever awaits it gets the error, once all are asked.
    answers.catch(() => {})
    return answers
  }

  async #askInTurns(question: Question): Promise<Answers> {
    const turns = turnsOf(question.flows)
    const parts = [...Map.groupBy(question.flows, (_, index) => turns[index] ?? 0)]
    if (parts.length < 2) return this.#ask(question)
    const answers = new Map(
      await Promise.all(parts.map(async ([turn, flows]) => [turn, await this.#ask({ ...question, flows })] as const)),
    )
    const [first] = answers.values()
    if (first === undefined) throw new TypeError('a part without an answer')
    const left = new Map([...answers].map(([turn, own]) => [turn, own.flows.values()]))
    return { ...first, flows: turns.flatMap((turn) => left.get(turn)?.next().value ?? []) }
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
    const asked = Promise.withResolvers<Answers>()
    group.questions.push({ question, asked })
    return asked.promise
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
  let answered = 0
  const { profile, addresses, backend, source } = first.question
  const all = [...flows.keys()]
  const answer = async (): Promise<void> => {
    const worlds = questions.map(({ question }) => question.texts)
    const plan = planWitnesses({ flows: [...flows.values()], worlds, profile, addresses, backend })
    await using pod = await WitnessPod.stand(sandbox, plan, source)
    for (const [world, { question, asked }] of questions.entries()) {
      signal.throwIfAborted()
      const own = question.flows.map((flow) => all.indexOf(JSON.stringify(flow)))
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
    if (asHarnessError(error).skips) return askGroup({ questions: rest, flows }, sandbox, signal)
    for (const { asked } of rest) asked.reject(error)
  }
}

/**
 * In which turn each flow is sent: those that choose no port together, at first. Nobody can send from a port on which
 * its own host listens, and somebody listens wherever another flow is sent to; nor can two at once from one port.
 */
function turnsOf(flows: readonly ConcreteFlow[]): number[] {
  const taken = new Map<number, number>()
  return flows.map(({ source }) => {
    if (source?.port === undefined) return 0
    const turn = (taken.get(source.port) ?? 0) + 1
    taken.set(source.port, turn)
    return turn
  })
}
