import type { Method, Methods, PodPlan } from '../../harness/agent/protocol.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import type { Sandbox, SandboxInfo } from '../../harness/sandbox/sandbox.ts'

interface Alterations {
  /** Another pod than the one that was asked for. */
  plan?: (plan: PodPlan) => PodPlan
  /** An answer without asking. */
  evidence?: () => Methods['evidence']['result']
}

/** A sandbox in which something is otherwise than the runner asks. Whoever made the sandbox behind it ends that one. */
export class AlteredSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #sandbox: Sandbox
  readonly #alterations: Alterations

  constructor(sandbox: Sandbox, alterations: Alterations) {
    this.info = sandbox.info
    this.#sandbox = sandbox
    this.#alterations = alterations
  }

  async ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    const { plan, evidence } = this.#alterations
    if (method === 'evidence' && evidence !== undefined) return evidence() as Methods[M]['result']
    if (method === 'drive' && plan !== undefined) return this.#sandbox.ask(method, plan(params as PodPlan) as Methods[M]['params'])
    return this.#sandbox.ask(method, params)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Peers that lose one in so many of the TCP packets that reach them by IPv4, the first one among them. */
export function lossyPeers(sandbox: Sandbox, oneIn: number): Sandbox {
  const every = ['-m', 'statistic', '--mode', 'nth', '--every', `${oneIn}`, '--packet', '0']
  const argv = ['-t', 'raw', '-A', 'PREROUTING', '-p', 'tcp', ...every, '-j', 'DROP']
  const rules: RuleText[] = [{ form: 'commands', family: 'ipv4', commands: [{ argv, line: 1 }] }]
  return new AlteredSandbox(sandbox, { plan: (plan) => ({ ...plan, peers: plan.peers.map((peer) => ({ ...peer, rules })) }) })
}
