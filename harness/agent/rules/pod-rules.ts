import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { IpSet } from '../../flow/ip-set.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import { flushConntrack } from '../conntrack.ts'
import type { Namespace } from '../pod/namespace.ts'
import type { Pod } from '../pod/pod.ts'
import { addRouting, removeRouting, type RoutedPod } from '../pod/policy-routing.ts'
import type { Methods, Routing } from '../protocol.ts'
import type { PeerPlan } from '../../flow/pod-plan.ts'
import { appliedByInitContainers, applyRules, iptables, programName } from './apply.ts'
import { addSets, removeSets } from './ip-sets.ts'
import { awaitDestructors, resetRules } from './reset.ts'
import { sharePorts } from './shared-ports.ts'
import { zonesOf } from './zones.ts'

/** What is loaded at once. */
export type Loading = Omit<Methods['load']['params'], 'pod'>

/** The rules of one pod: loaded, put in place of others, saved, taken out. */
export class PodRules {
  readonly #pod: RoutedPod
  readonly #namespace: Namespace
  readonly #backend: Backend
  /** What may have been applied since the pod was empty. */
  #rules: readonly RuleText[] = []
  /** The policy routing that stands beside them. */
  #routing: Routing | undefined
  #zones: readonly number[] | undefined
  /** The sets that they name. */
  #sets: readonly IpSet[] = []
  /** Why the loaded rules are not known. */
  #unknown: unknown

  constructor(pod: RoutedPod, backend: Backend) {
    this.#pod = pod
    this.#namespace = pod.namespace
    this.#backend = backend
  }

  /**
   * Applies rules to the pod, which has none, and sets up what belongs to them. They end at the first that is rejected.
   * @param signal ends it. @param ended the init containers that have loaded the rules already.
   * @throws HarnessError if iptables has not said what it makes of them, or the kernel refuses the policy routing.
   */
  async load({ rules, routing, ended, routed }: Loading, signal: AbortSignal): Promise<Applied | 'none'> {
    this.#rules = rules
    this.#zones = ended === undefined ? zonesOf(rules) : undefined
    this.#sets = [...new Map(rules.flatMap(({ sets = [] }) => sets.map((set) => [set.name, set]))).values()]
    try {
      addSets(this.#namespace, this.#sets)
      if (routing !== undefined && !routed) addRouting(this.#pod, routing)
      this.#routing = routing
      if (ended !== undefined) return await appliedByInitContainers(this.#namespace, this.#backend, rules, ended)
      let applied: Applied | 'none' = 'none'
      for (const text of rules) {
        applied = await applyRules(this.#namespace, text.backend ?? this.#backend, text, signal)
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
    return this.#rules.length === 0 && this.#routing === undefined
  }

  get hasPolicyRouting(): boolean {
    return this.#routing !== undefined
  }

  /** Whether a rule may change the port that a packet comes from. */
  get renamesPorts(): boolean {
    return this.#say(/SNAT|MASQUERADE/)
  }

  /** Whether rules may have several flows come from one port. */
  get sharesPorts(): boolean {
    return sharePorts(this.#rules)
  }

  /** Whether a rule says of which connections' events the kernel tells. */
  get hidesEvents(): boolean {
    return this.#say(/--cte/)
  }

  #say(word: RegExp): boolean {
    return this.#rules.some((text) =>
      text.form === 'restore'
        ? word.test(text.payload)
        : text.commands.some(({ argv }) => argv.some((own) => word.test(own))),
    )
  }

  /**
   * The zones that its connections may be tracked in beside the common one; undefined where that is not known, as of
   * rules that an init container has made.
   */
  get zones(): readonly number[] | undefined {
    return this.#zones
  }

  get isKnown(): boolean {
    return this.#unknown === undefined
  }

  /** @throws what loading the rules has thrown. */
  requireKnown(): void {
    if (!this.isKnown) throw this.#unknown
  }

  /** Takes the rules out, and has connections forgotten. @throws HarnessError (`machine`) if the kernel does not. */
  async unload(): Promise<void> {
    if (!(await this.empty()))
      throw new HarnessError('machine', 'the rules of a pod cannot be taken out again: the kernel refuses to')
    this.#rules = []
    this.#unknown = undefined
  }

  /** Takes rules and connections out. @returns whether the kernel has. */
  async empty(): Promise<boolean> {
    if (this.#routing !== undefined && !removeRouting(this.#pod, this.#routing)) return false
    this.#routing = undefined
    for (const [backend, rules] of Map.groupBy(this.#rules, (text) => text.backend ?? this.#backend))
      if (!(await resetRules(this.#namespace, backend, new Set(rules.map(({ family }) => family))))) return false
    if (!(await this.#removeSets())) return false
    flushConntrack(this.#namespace.fd)
    return true
  }

  async #removeSets(): Promise<boolean> {
    if (this.#sets.length > 0 && !removeSets(this.#namespace, this.#sets)) {
      await awaitDestructors(this.#namespace)
      if (!removeSets(this.#namespace, this.#sets)) return false
    }
    this.#sets = []
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
export async function applyToPeers(
  pod: Pod,
  backend: Backend,
  peers: readonly PeerPlan[],
  signal: AbortSignal,
): Promise<void> {
  for (const { interface: name, rules = [] } of peers) {
    const peer = pod.namespaceOf({ kind: 'peer', interface: name })
    for (const text of rules) {
      const applied = await applyRules(peer, backend, text, signal)
      if (!applied.ok)
        throw new HarnessError('sidetrack', `the rules of the peer at ${name} are rejected: ${applied.message}`)
    }
  }
}
