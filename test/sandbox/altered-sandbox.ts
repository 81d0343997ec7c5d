import type { AskedVersion, EvidenceResult, FlowResult } from '../../harness/agent/protocol.ts'
import type { PodPlan } from '../../harness/flow/pod-plan.ts'
import type { Credentials } from '../../harness/flow/identity.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import type { Pod } from '../../harness/sandbox/pod.ts'
import type { Sandbox, SandboxInfo } from '../../harness/sandbox/sandbox.ts'

interface Alterations {
  info?: Partial<SandboxInfo>
  /** Another pod than the one that was asked for. */
  plan?: (plan: PodPlan) => PodPlan
  /** Why rules are not loaded, where they are not. */
  refuses?: (rules: Parameters<Pod['load']>[0]) => Error | undefined
  /** Something else became of a flow. */
  result?: (result: FlowResult) => FlowResult
  /** An answer without asking. */
  evidence?: () => EvidenceResult
}

/** A sandbox in which something is otherwise than the runner asks. Whoever made the sandbox behind it ends that one. */
export class AlteredSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #sandbox: Sandbox
  readonly #alterations: Alterations

  constructor(sandbox: Sandbox, alterations: Alterations) {
    this.info = { ...sandbox.info, ...alterations.info }
    this.#sandbox = sandbox
    this.#alterations = alterations
  }

  async stand(asked: PodPlan): Promise<Pod> {
    const { plan = (same) => same, refuses, result = (same) => same, evidence } = this.#alterations
    const pod = await this.#sandbox.stand(plan(asked))
    return {
      name: pod.name,
      load: async (rules) => {
        const why = refuses?.(rules)
        if (why !== undefined) throw why
        return pod.load(rules)
      },
      async *send(flows, options) {
        for await (const each of pod.send(flows, options)) yield result(each)
      },
      evidence: async () => evidence?.() ?? pod.evidence(),
      [Symbol.asyncDispose]: () => pod[Symbol.asyncDispose](),
    }
  }

  ping(): Promise<void> {
    return this.#sandbox.ping()
  }

  version(program: string, credentials: Credentials): Promise<AskedVersion> {
    return this.#sandbox.version(program, credentials)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Peers that lose one in so many of the TCP packets that reach them by IPv4, the first one among them. */
export function lossyPeers(sandbox: Sandbox, oneIn: number): Sandbox {
  const every = ['-m', 'statistic', '--mode', 'nth', '--every', `${oneIn}`, '--packet', '0']
  const argv = ['-t', 'raw', '-A', 'PREROUTING', '-p', 'tcp', ...every, '-j', 'DROP']
  const rules: RuleText[] = [{ form: 'commands', family: 'ipv4', commands: [{ argv, line: 1 }] }]
  return new AlteredSandbox(sandbox, {
    plan: (plan) => ({ ...plan, peers: plan.peers.map((peer) => ({ ...peer, rules })) }),
  })
}
