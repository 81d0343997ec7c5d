import type {
  DrivenFlow,
  EvidenceResult,
  FlowResult,
  LoadResult,
  RulesPlan,
  SendOptions,
} from '../../agent/protocol.ts'
import type { EndedInitContainer, InitContainer } from '../../flow/init-container.ts'
import type { AgentPod, Pod } from '../pod.ts'

/** A pod whose rules are loaded by the mesh's init containers. */
export class InitImagePod implements Pod {
  readonly name: string
  readonly #pod: AgentPod
  readonly #run: (container: InitContainer) => Promise<EndedInitContainer>
  readonly #giveBack: (isEmptied: boolean) => Promise<void>
  #closed: Promise<void> | undefined
  #loading: Promise<unknown> = Promise.resolve()
  #isLost = false

  /**
   * @param run runs an init container in the pod, to its end.
   * @param giveBack takes the pod back, which stands empty or is of no use any more.
   */
  constructor(
    pod: AgentPod,
    run: (container: InitContainer) => Promise<EndedInitContainer>,
    giveBack: (isEmptied: boolean) => Promise<void>,
  ) {
    this.name = pod.name
    this.#pod = pod
    this.#run = run
    this.#giveBack = giveBack
  }

  /** If an init container fails, the later ones do not run. */
  load(rules: RulesPlan): Promise<LoadResult> {
    const loading = this.#load(rules)
    this.#loading = loading
    // The caller of `load` gets the error, and so does `send`.
    loading.catch(() => {})
    return loading
  }

  async *send(flows: readonly DrivenFlow[], options?: SendOptions): AsyncGenerator<FlowResult> {
    await this.#loading
    yield* this.#pod.send(flows, options)
  }

  evidence(): Promise<EvidenceResult> {
    return this.#pod.evidence()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #load({ initContainers = [], ...rules }: RulesPlan): Promise<LoadResult> {
    this.#isLost = true
    await this.#pod.unload()
    const ended: EndedInitContainer[] = []
    for (const container of initContainers) {
      ended.push(await this.#run(container))
      if (ended.at(-1)?.exitCode !== 0) break
    }
    const makesAll = initContainers.some(({ makesRules }) => makesRules)
    const result = await this.#pod.load(rules, ended, makesAll)
    this.#isLost = false
    return { ...result, initContainers: ended }
  }

  /** What an init container that has not ended leaves in the pod is not known. */
  async #close(): Promise<void> {
    let isEmptied = false
    try {
      isEmptied = await this.#pod.close()
    } finally {
      await this.#giveBack(isEmptied && !this.#isLost)
    }
  }
}
