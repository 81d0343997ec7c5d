import type {
  DrivenFlow,
  EvidenceResult,
  FlowResult,
  LoadResult,
  Methods,
  RulesPlan,
  SendOptions,
} from '../agent/protocol.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import type { EndedInitContainer } from '../flow/init-container.ts'
import type { Channel } from './channel.ts'

/**
 * A pod that stands until it is disposed of. Requests are carried out in order, so callers need not wait for one answer
 * before the next request.
 */
export interface Pod extends AsyncDisposable {
  readonly name: string
  /**
   * Puts rules in the place of those that are loaded: tables are emptied before, and every connection is forgotten.
   * @throws HarnessError if the result is not known; rejected rules are a result.
   */
  load(rules: RulesPlan): Promise<LoadResult>
  /**
   * Sends flows through the rules that are loaded; every send begins with no connection left of those before it.
   * @returns what becomes of them, in their order, each as soon as it and those before it are known.
   * @throws HarnessError while it is read, if a process that the pod rests on is lost, or rules could not be loaded;
   * (`input`) if a flow's destination is not in the pod's plan.
   */
  send(flows: readonly DrivenFlow[], options?: SendOptions): AsyncIterable<FlowResult>
  /** Rules with their counters, the connections since they were loaded, and what is kept. @throws HarnessError */
  evidence(): Promise<EvidenceResult>
}

/** A pod in the sandbox of one agent. */
export class AgentPod implements Pod {
  readonly name: string
  readonly #channel: Channel
  #closed: Promise<boolean> | undefined

  private constructor(channel: Channel, name: string) {
    this.#channel = channel
    this.name = name
  }

  /**
   * @param plan with the pod that has been prepared for it, if one has. @throws HarnessError; the agent leaves nothing
   * of it then.
   */
  static async stand(
    channel: Channel,
    plan: PodPlan & Pick<Methods['stand']['params'], 'prepared'>,
  ): Promise<AgentPod> {
    const { pod } = await channel.ask('stand', plan)
    return new AgentPod(channel, pod)
  }

  /**
   * @param ended the init containers that have loaded the rules already. @param routed they have set up the policy
   * routing as well.
   */
  load({ rules, routing }: RulesPlan, ended?: readonly EndedInitContainer[], routed = false): Promise<LoadResult> {
    const already = { ...(ended && { ended }), ...(routed && { routed: true as const }) }
    return this.#channel.ask('load', { pod: this.name, rules, ...(routing && { routing }), ...already })
  }

  /** Removes the loaded rules and every connection. @throws HarnessError */
  async unload(): Promise<void> {
    await this.#channel.ask('unload', { pod: this.name })
  }

  send(flows: readonly DrivenFlow[], options?: SendOptions): AsyncIterable<FlowResult> {
    return this.#channel.send(this.name, flows, options)
  }

  evidence(): Promise<EvidenceResult> {
    return this.#channel.ask('evidence', { pod: this.name })
  }

  /** Ends it, once. @returns whether it stands empty, to be used again. @throws HarnessError */
  close(): Promise<boolean> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Pods end with their sandbox. */
  async #close(): Promise<boolean> {
    if (this.#channel.closed !== undefined) return false
    const { isEmptied } = await this.#channel.ask('close', { pod: this.name })
    return isEmptied
  }
}
