import type { Applied } from '../../flow/ruleset.ts'
import { PodRecord } from '../evidence/record.ts'
import type { Pod } from '../pod/pod.ts'
import type { DrivenFlow, EvidenceResult, EmitResults, SendOptions } from '../protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { applyToPeers, type Loading, PodRules } from '../rules/pod-rules.ts'
import type { Workers } from '../workers.ts'
import { allEnded } from './all-ended.ts'
import { Loss } from './loss.ts'
import { PodProcesses } from './pod-processes.ts'
import { requireListeners } from './require-listeners.ts'
import { PodTimeout } from './pod-timeout.ts'
import { Sending } from './sending.ts'

/**
 * One pod from its standing to its end: listeners, then rules and flows, as often as they are asked for, then what is
 * asked about it.
 */
export class PodRun {
  readonly #plan: PodPlan
  readonly #pod: Pod
  readonly #loss = new Loss()
  readonly #processes: PodProcesses
  readonly #rules: PodRules
  readonly #sending: Sending
  /** What is kept of this run, where evidence is wanted. */
  readonly #record: PodRecord | undefined
  readonly #timeout: PodTimeout
  /** Settles when no request is under way. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(pod: Pod, plan: PodPlan, workers: Workers) {
    this.#pod = pod
    this.#plan = plan
    this.#record = plan.keepsEvidence && new PodRecord(pod)
    this.#rules = new PodRules(pod, plan.backend)
    this.#processes = new PodProcesses(pod, plan, workers, this.#loss, this.#note, (event) => this.#sending.hear(event))
    this.#sending = new Sending(pod, plan, this.#processes, this.#loss, this.#record)
    this.#timeout = new PodTimeout(plan.timeout, this.#loss, () => this.#processes.owed)
  }

  /** Resolves once everybody listens. @throws HarnessError if a process that the pod rests on is lost. */
  stand(): Promise<void> {
    return this.#inTurn(async () => {
      const { backend, peers } = this.#plan
      await allEnded([
        this.#loss.onFailure(this.#processes.open()),
        this.#loss.onFailure(applyToPeers(this.#pod, backend, peers, this.#loss.signal)),
      ])
      this.#loss.check()
      this.#note('agent', 'listeners stand')
    })
  }

  /** Removes the loaded rules and every connection, including the half of one that a rule has cut off. */
  unload(): Promise<void> {
    return this.#inTurn(() => this.#unload())
  }

  /**
   * Puts these rules in the place of those that are loaded.
   * @throws HarnessError if a process that the pod rests on is lost, or iptables has not said what it makes of them.
   */
  load(loading: Loading): Promise<Applied | 'none'> {
    return this.#inTurn(async () => {
      this.#timeout.enter('load')
      if (loading.ended === undefined) await this.#unload()
      const applied = await this.#rules.load(loading, this.#loss.signal)
      this.#loss.check()
      this.#pod.awaitLinks()
      this.#note('agent', 'rules are applied', { applied })
      await this.#record?.keepRules(() => this.#rules.save())
      return applied
    })
  }

  /**
   * @param emit receives the results of flows as soon as they are known, each with its index.
   * @throws HarnessError if a process that the pod rests on is lost, or the last rules could not be loaded; (`input`)
   * if a flow's destination is not in the pod's plan.
   */
  send(
    flows: readonly DrivenFlow[],
    emit: EmitResults,
    { untraced, forgets, together }: SendOptions = {},
  ): Promise<void> {
    return this.#inTurn(async () => {
      requireListeners(flows, this.#plan, (address) => this.#pod.speaksFrom(address))
      this.#rules.requireKnown()
      this.#pod.awaitLinks()
      this.#timeout.enter('send')
      const trace = untraced ? { untraced: 'nobody has asked for it' } : this.#pod.trace
      if (this.#sending.hasSent) await (forgets ? this.#sending.forgetConnections() : this.#sending.endConnections())
      await this.#sending.send(flows, emit, this.#rules, trace, together)
      this.#timeout.end()
    })
  }

  /**
   * What there is to say of the pod: its rules with their counters, its connections since they were loaded, what was
   * kept.
   */
  async evidence(): Promise<EvidenceResult> {
    await this.#turn
    const rules = await this.#rules.save()
    return { rules, conntrack: this.#sending.conntrack(), ...(this.#record && { kept: this.#record.result() }) }
  }

  /**
   * Ends what the processes do in the pod.
   * @returns whether it can be reused; after a death or a reset, late events may still arrive.
   */
  async leave(): Promise<boolean> {
    await this.#turn
    this.#timeout.end()
    const isWell = await this.#processes.leave(!this.#timeout.isUp)
    this.#record?.close()
    const isPlain = this.#plan.peers.every(({ rules }) => rules === undefined)
    const isKnown = isWell && !this.#loss.signal.aborted && this.#rules.isKnown && !this.#sending.isUnderWay
    return isKnown && isPlain && this.#sending.dropHalfOpen()
  }

  /** Removes rules and connections from the pod once no process works in it. @returns whether it stands empty. */
  empty(): Promise<boolean> {
    return this.#rules.empty()
  }

  /**
   * One after the other, in the order in which they are asked for. @throws HarnessError as soon as a process is lost.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#loss.check()
      return work()
    })
    this.#turn = turn.catch(() => {})
    return this.#loss.orEnd(turn)
  }

  async #unload(): Promise<void> {
    const { hasSent } = this.#sending
    if (!hasSent && this.#rules.isEmpty) return
    const takeOut = () => this.#rules.unload()
    await (hasSent ? this.#sending.endAll(takeOut) : takeOut())
    this.#sending.leaveBehind()
  }

  readonly #note: PodRecord['note'] = (...words) => this.#record?.note(...words)
}
