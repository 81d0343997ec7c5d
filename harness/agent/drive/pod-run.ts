import type { Applied } from '../../flow/ruleset.ts'
import { flushConntrack, listConntrack } from '../conntrack.ts'
import { PodRecord } from '../evidence/record.ts'
import type { Pod } from '../pod/pod.ts'
import type { ConntrackEntry, DrivenFlow, EvidenceResult, TellFlows } from '../protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { applyToPeers, type Loading, PodRules } from '../rules/pod-rules.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { needsNetAdmin, workerKey, type Workers } from '../workers.ts'
import { allEnded } from './all-ended.ts'
import { Loss } from './loss.ts'
import { PodProcesses } from './pod-processes.ts'
import { ProbeRun } from './probe-run.ts'
import type { Sent } from './step.ts'
import { requireListeners } from './require-listeners.ts'
import { cutIntoSteps } from './steps.ts'

/** One pod from its standing to its end: listeners, then rules and flows, as often as they are asked for, then what is asked about it. */
export class PodRun {
  readonly #plan: PodPlan
  readonly #pod: Pod
  readonly #loss = new Loss()
  readonly #processes: PodProcesses
  readonly #rules: PodRules
  /** What is kept of this run, where evidence is wanted. */
  readonly #record: PodRecord | undefined
  /** Settles when nothing that has been asked for is under way any more. */
  #turn: Promise<unknown> = Promise.resolve()
  #probeRun: ProbeRun | undefined
  /** What connection tracking knew before it was made to forget, of the rules that are loaded. */
  #forgotten: ConntrackEntry[] = []
  /** Something has been sent since connections were forgotten last. */
  #hasSent = false
  /** Every flow has come to an end, so nothing is sent again later. */
  #isQuiet = true

  constructor(pod: Pod, plan: PodPlan, workers: Workers) {
    this.#pod = pod
    this.#plan = plan
    this.#record = plan.keepsEvidence && new PodRecord(pod)
    this.#rules = new PodRules(pod, plan.backend)
    this.#processes = new PodProcesses(pod, plan, workers, this.#loss, this.#note, (event: WorkerEvent) => this.#probeRun?.hear(event))
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

  /** Takes out what is loaded, and forgets every connection; a half of one that a rule has cut off is gone as well. */
  unload(): Promise<void> {
    return this.#inTurn(() => this.#unload())
  }

  /**
   * Puts these rules in the place of those that are loaded.
   * @throws HarnessError if a process that the pod rests on is lost, or iptables has not said what it makes of them.
   */
  load(loading: Loading): Promise<Applied | 'none'> {
    return this.#inTurn(async () => {
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
   * @param tell is given what became of flows as soon as that is known, each with its place among them.
   * @throws HarnessError if a process that the pod rests on is lost, or the last rules could not be loaded; (`input`) if a flow leads to
   * where nobody has been told to listen.
   */
  send(flows: readonly DrivenFlow[], tell: TellFlows): Promise<void> {
    return this.#inTurn(async () => {
      requireListeners(flows, this.#plan, (address) => this.#pod.speaksFrom(address))
      this.#rules.requireKnown()
      this.#pod.awaitLinks()
      if (this.#hasSent) await this.#startOver()
      await allEnded(sendersOf(flows).map((flow) => this.#processes.join(flow.credentials, needsNetAdmin(flow))))
      this.#loss.check()
      const { working, envoys } = this.#processes
      this.#probeRun = new ProbeRun(this.#pod, this.#plan.proxy.credentials, working, this.#loss, envoys, this.#note)
      const wasQuiet = this.#isQuiet
      this.#isQuiet = false
      this.#hasSent = true
      const isQuiet = await this.#drive(this.#steps(flows), this.#probeRun, tell)
      this.#isQuiet = wasQuiet && isQuiet
    })
  }

  /** What there is to say of the pod: its rules with their counters, its connections since they were loaded, what was kept. */
  async evidence(): Promise<EvidenceResult> {
    await this.#turn
    const rules = await this.#rules.save()
    const conntrack = [...this.#forgotten, ...listConntrack(this.#pod.namespace.fd)]
    return { rules, conntrack, ...(this.#record && { kept: this.#record.result() }) }
  }

  /**
   * Ends what the processes do in the pod.
   * @returns whether it can be used again: whoever has died or been dropped there might still say something.
   */
  async leave(): Promise<boolean> {
    await this.#turn
    const isWell = await this.#processes.leave()
    this.#record?.close()
    const isPlain = this.#plan.peers.every(({ rules }) => rules === undefined)
    return isWell && !this.#loss.signal.aborted && this.#rules.isKnown && this.#isQuiet && isPlain
  }

  /** Takes rules and connections out of the pod when everybody has left. @returns whether it stands empty. */
  empty(): Promise<boolean> {
    return this.#rules.empty()
  }

  /** One after the other, in the order in which they are asked for. @throws HarnessError as soon as a process is lost. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#loss.check()
      return work()
    })
    this.#turn = turn.catch(() => {})
    return this.#loss.orEnd(turn)
  }

  async #unload(): Promise<void> {
    if (!this.#hasSent && this.#rules.isEmpty) return
    if (this.#hasSent && this.#isQuiet) await this.#processes.finish()
    // A new connection from the same port would meet one that is half open, unless that one's listener is closed (tcp_v4_rcv in tcp_ipv4.c).
    if (!this.#isQuiet) await this.#processes.close()
    await this.#rules.unload()
    if (!this.#isQuiet) await this.#processes.open()
    this.#isQuiet = true
    this.#hasSent = false
    this.#forgotten = []
  }

  /** Ends the connections of what was sent last, so that their ports are free. */
  async #startOver(): Promise<void> {
    await this.#processes.finish()
    this.#forgetConnections()
  }

  #forgetConnections(): void {
    this.#forgotten.push(...listConntrack(this.#pod.namespace.fd))
    flushConntrack(this.#pod.namespace.fd)
  }

  /** @returns whether nothing of them was dropped. */
  async #drive(steps: readonly Sent[][], probeRun: ProbeRun, tell: TellFlows): Promise<boolean> {
    let isQuiet = true
    for (const [position, step] of steps.entries()) {
      if (position > 0) await this.#processes.finish()
      if (position > 0 && this.#processes.envoys.length > 0) this.#forgetConnections()
      const results = await probeRun.drive(step)
      this.#record?.take()
      isQuiet &&= results.every((flow) => 'observed' in flow && flow.observed.journey.every(({ at }) => at !== 'dropped'))
      tell(
        step.flatMap(({ key, source }, index) => {
          const result = results[index]
          return result === undefined ? [] : [[key, 'observed' in result ? { ...result, source } : result] as const]
        }),
      )
    }
    await Promise.all(this.#processes.envoys.map((envoy) => envoy.account()))
    this.#loss.check()
    return isQuiet
  }

  /**
   * An Envoy lets the kernel choose the ports that it dials from, and the kernel gives one port to several connections as long
   * as their destinations differ. So only one flow is under way at a time, and the next one meets none of its connections.
   */
  #steps(flows: readonly DrivenFlow[]): Sent[][] {
    const { trace } = this.#pod
    const most = this.#plan.proxy.envoy === undefined ? ('flowsAtOnce' in trace ? trace.flowsAtOnce : undefined) : 1
    return cutIntoSteps(flows, most)
  }

  readonly #note: PodRecord['note'] = (...words) => this.#record?.note(...words)
}

/** A flow of every process that flows are sent by. */
function sendersOf(flows: readonly DrivenFlow[]): DrivenFlow[] {
  return [...new Map(flows.map((flow) => [workerKey(flow.credentials, needsNetAdmin(flow)), flow])).values()]
}
