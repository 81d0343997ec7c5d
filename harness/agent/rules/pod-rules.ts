import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import { flushConntrack } from '../conntrack.ts'
import type { Namespace } from '../pod/namespace.ts'
import type { Pod } from '../pod/pod.ts'
import type { PeerPlan } from '../protocol.ts'
import { appliedByInitContainers, applyRules, iptables, programName } from './apply.ts'
import { resetRules } from './reset.ts'

/** The rules of one pod: loaded, put in place of others, saved, taken out. */
export class PodRules {
  readonly #namespace: Namespace
  readonly #backend: Backend
  /** What may have been applied since the pod was empty. */
  #rules: readonly RuleText[] = []
  /** Why nobody knows which rules there are. */
  #unknown: unknown

  constructor(namespace: Namespace, backend: Backend) {
    this.#namespace = namespace
    this.#backend = backend
  }

  /**
   * Applies rules to the pod, which has none. They end at the first that is rejected.
   * @param signal ends it. @param ended the init containers that have done so already.
   * @throws HarnessError if iptables has not said what it makes of them.
   */
  async load(rules: readonly RuleText[], signal: AbortSignal, ended?: readonly EndedInitContainer[]): Promise<Applied | 'none'> {
    this.#rules = rules
    try {
      if (ended !== undefined) return await appliedByInitContainers(this.#namespace, this.#backend, rules, ended)
      let applied: Applied | 'none' = 'none'
      for (const text of rules) {
        applied = await applyRules(this.#namespace, this.#backend, text, signal)
        if (!applied.ok) break
      }
      return applied
    } catch (error) {
      this.#unknown = error
      throw error
    }
  }

  /** Whether nothing has been loaded since the pod was empty. */
  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  get isKnown(): boolean {
    return this.#unknown === undefined
  }

  /** @throws what loading the rules has thrown. */
  requireKnown(): void {
    if (!this.isKnown) throw this.#unknown
  }

  /** Takes the rules out, and has connections forgotten. @throws HarnessError (`machine`) if iptables does not. */
  async unload(): Promise<void> {
    if (!(await this.empty())) throw new HarnessError('machine', 'the rules of a pod cannot be taken out again: iptables refuses to')
    this.#rules = []
    this.#unknown = undefined
  }

  /** Takes rules and connections out. @returns whether iptables says that it has. */
  async empty(): Promise<boolean> {
    if (!(await resetRules(this.#namespace, this.#backend, this.#rules))) return false
    flushConntrack(this.#namespace.fd)
    return true
  }

  /** `iptables-save -c` by family. */
  async save(): Promise<Record<Family, string>> {
    const save = async (family: Family): Promise<string> =>
      (await iptables(this.#namespace, programName(family, this.#backend, '-save'), ['-c'])).output
    const [ipv4, ipv6] = await Promise.all([save('ipv4'), save('ipv6')])
    return { ipv4, ipv6 }
  }
}

/** Gives a pod's peers the rules of their own. @throws HarnessError if those are rejected: a peer's rules are ours. */
export async function applyToPeers(pod: Pod, backend: Backend, peers: readonly PeerPlan[], signal: AbortSignal): Promise<void> {
  for (const { interface: name, rules = [] } of peers) {
    const peer = pod.namespaceOf({ kind: 'peer', interface: name })
    for (const text of rules) {
      const applied = await applyRules(peer, backend, text, signal)
      if (!applied.ok) throw new HarnessError('sidetrack', `the rules of the peer at ${name} are rejected: ${applied.message}`)
    }
  }
}
