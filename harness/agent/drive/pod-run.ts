import { performance } from 'node:perf_hooks'
import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import { noRouting } from '../../flow/policy-routing.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { flushConntrack, listConntrack } from '../conntrack.ts'
import { PodRecord } from '../evidence/record.ts'
import { Envoy } from '../envoy/envoy.ts'
import { heardOf } from '../envoy/told.ts'
import type { Pod } from '../pod/pod.ts'
import { addRouting, removeRouting } from '../pod/policy-routing.ts'
import type { ConntrackEntry, Driven, EvidenceResult, PodPlan, TellFlows } from '../protocol.ts'
import { appliedByInitContainers, applyRules, iptables, programName } from '../rules/apply.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { Worker, type Workers } from '../workers.ts'
import { allEnded } from './all-ended.ts'
import { type Opening, openingsOf } from './listeners.ts'
import { Loss } from './loss.ts'
import { ProbeRun } from './probe-run.ts'
import type { Sent } from './step.ts'
import { cutIntoSteps } from './steps.ts'

/** One pod from its making to its removal: listeners and rules, then flows, then whatever is asked about it. */
export class PodRun {
  readonly #plan: PodPlan
  readonly #pod: Pod
  readonly #workers: Workers
  readonly #working = new Map<string, Worker>()
  readonly #loss = new Loss()
  /** Settles when nothing is under way in the pod any more. */
  #driving: Promise<unknown> = Promise.resolve()
  #probeRun: ProbeRun | undefined
  /** What connection tracking knew before it was made to forget. */
  readonly #forgotten: ConntrackEntry[] = []
  /** Every flow has come to an end, so nothing is sent again later. */
  #isQuiet = false
  /** A proxy that is to be killed has a process to itself. */
  #ownProxy: Worker | undefined
  #isProxyKilled = false
  /** The real Envoy, where one stands in the stub's place. */
  #envoy: Envoy | undefined
  /** Its policy routing stands. */
  #hasRouting = false
  /** What is kept of this run, where evidence is wanted. */
  #record: PodRecord | undefined

  constructor(pod: Pod, plan: PodPlan, workers: Workers) {
    this.#pod = pod
    this.#plan = plan
    this.#workers = workers
  }

  /**
   * @param tell is given what became of flows as soon as that is known, each with its place in the plan.
   * @throws HarnessError if a process that the pod rests on is lost.
   */
  drive(tell: TellFlows): Promise<Driven> {
    const driving = this.#drive(tell)
    this.#driving = driving.catch(() => {})
    return this.#loss.orEnd(driving)
  }

  async #drive(tell: TellFlows): Promise<Driven> {
    const started = performance.now()
    if (this.#plan.keepsEvidence) this.#record = new PodRecord(this.#pod)
    const [, applied] = await allEnded([
      this.#loss.onFailure(this.#open()),
      this.#loss.onFailure(this.#apply()),
      this.#loss.onFailure(this.#applyToPeers()),
    ])
    this.#loss.check()
    this.#pod.awaitLinks()
    const readyMs = performance.now() - started
    this.#record?.note('agent', 'listeners stand, rules are applied', { applied })
    await this.#killProxy()
    await this.#record?.keepRules(() => this.#save())
    await allEnded(this.#senders().map((credentials) => this.#join(credentials)))
    this.#loss.check()
    this.#probeRun = new ProbeRun(this.#pod, this.#plan.proxy.credentials, this.#working, this.#loss, this.#envoys(), this.#record?.note)
    let isQuiet = true
    for (const [position, step] of this.#steps().entries()) {
      if (position > 0) await this.#probeRun.finish()
      if (position > 0 && this.#envoy !== undefined) this.#forgetConnections()
      const results = await this.#probeRun.drive(step)
      this.#record?.take()
      isQuiet &&= results.every((flow) => 'observed' in flow && flow.observed.journey.every(({ at }) => at !== 'dropped'))
      tell(
        step.flatMap(({ key, source }, index) => {
          const result = results[index]
          return result === undefined ? [] : [[key, 'observed' in result ? { ...result, source } : result] as const]
        }),
      )
    }
    await Promise.all(this.#envoys().map((envoy) => envoy.account()))
    this.#loss.check()
    this.#isQuiet = isQuiet
    return { pod: this.#pod.name, applied, readyMs }
  }

  async evidence(): Promise<EvidenceResult> {
    const rules = await this.#save()
    const conntrack = [...this.#forgotten, ...listConntrack(this.#pod.namespace.fd)]
    return { rules, conntrack, ...(this.#record && { kept: this.#record.result() }) }
  }

  /** `iptables-save -c` by family. */
  async #save(): Promise<Record<Family, string>> {
    const save = async (family: Family): Promise<string> =>
      (await iptables(this.#pod.namespace, programName(family, this.#plan.backend, '-save'), ['-c'])).output
    const [ipv4, ipv6] = await Promise.all([save('ipv4'), save('ipv6')])
    return { ipv4, ipv6 }
  }

  /**
   * Ends what the processes do in the pod.
   * @returns whether it can be used again: whoever has died or been dropped there might still say something.
   */
  async leave(): Promise<boolean> {
    await this.#driving
    const workers = [...this.#working.values()]
    await Promise.all(workers.map((worker) => worker.close(this.#pod.name)))
    const isWell = !this.#loss.signal.aborted && workers.every(({ lost }) => lost === undefined)
    await this.#ownProxy?.kill()
    await this.#envoy?.kill()
    this.#record?.close()
    const isRestored = !this.#hasRouting || removeRouting(this.#pod, this.#plan.routing ?? noRouting)
    const isPlain = this.#plan.peers.every(({ rules }) => rules === undefined)
    return isWell && isRestored && this.#isQuiet && isPlain && this.#ownProxy === undefined && this.#envoy === undefined
  }

  /**
   * An Envoy lets the kernel choose the ports that it dials from, and the kernel gives one port to several connections as long
   * as their destinations differ. So only one flow is under way at a time, and the next one meets none of its connections.
   */
  #steps(): Sent[][] {
    const { trace } = this.#pod
    const most = this.#envoy === undefined ? ('flowsAtOnce' in trace ? trace.flowsAtOnce : undefined) : 1
    return cutIntoSteps(this.#plan.flows, most)
  }

  #forgetConnections(): void {
    this.#forgotten.push(...listConntrack(this.#pod.namespace.fd))
    flushConntrack(this.#pod.namespace.fd)
  }

  async #apply(): Promise<Applied | 'none'> {
    const { prepared, rules, backend, routing } = this.#plan
    if (routing !== undefined) {
      addRouting(this.#pod, routing)
      this.#hasRouting = true
    }
    if (prepared !== undefined) return appliedByInitContainers(this.#pod.namespace, backend, rules, prepared.ended)
    let applied: Applied | 'none' = 'none'
    const texts: RuleText[] = Array.from({ length: this.#plan.times }, () => this.#plan.rules).flat()
    for (const text of texts) {
      applied = await applyRules(this.#pod.namespace, this.#plan.backend, text, this.#loss.signal)
      if (!applied.ok) break
    }
    return applied
  }

  async #applyToPeers(): Promise<void> {
    for (const { interface: name, rules = [] } of this.#plan.peers) {
      const peer = this.#pod.namespaceOf({ kind: 'peer', interface: name })
      for (const text of rules) {
        const applied = await applyRules(peer, this.#plan.backend, text, this.#loss.signal)
        if (!applied.ok) throw new HarnessError('sidetrack', `the rules of the peer at ${name} are rejected: ${applied.message}`)
      }
    }
  }

  async #open(): Promise<void> {
    await allEnded([this.#startEnvoy(), ...openingsOf(this.#pod, this.#plan).map((opening) => this.#loss.onFailure(this.#listen(opening)))])
  }

  async #startEnvoy(): Promise<void> {
    const { envoy, state } = this.#plan.proxy
    if (envoy === undefined || state === 'down') return
    this.#envoy = await Envoy.start(envoy, this.#pod, this.#plan.proxy, {
      tell: (event) => {
        this.#record?.note('envoy', 'tells', event)
        this.#probeRun?.hear(event)
      },
      lose: (why) => this.#lose('envoy', why),
    })
  }

  /** Whoever tells of the pod beside its processes. */
  #envoys(): Envoy[] {
    return this.#envoy === undefined || this.#plan.proxy.state === 'killed' ? [] : [this.#envoy]
  }

  async #killProxy(): Promise<void> {
    this.#isProxyKilled = true
    await this.#ownProxy?.kill()
    if (this.#plan.proxy.state === 'killed') await this.#envoy?.kill()
  }

  async #listen({ credentials, listeners, routing, transparent }: Opening): Promise<void> {
    const isProxy = routing !== undefined
    const worker =
      isProxy && this.#plan.proxy.state === 'killed'
        ? await this.#startOwnProxy(credentials, transparent)
        : await this.#join(credentials, transparent)
    this.#record?.note(formatCredentials(credentials), 'is told to listen', { listeners, routing })
    await this.#loss.orEnd(worker.listen(this.#pod.name, listeners, routing))
  }

  async #startOwnProxy(credentials: Credentials, transparent?: boolean): Promise<Worker> {
    this.#ownProxy = new Worker(credentials, transparent)
    this.#ownProxy.listenTo(this.#pod.name, {
      hear: (event, worker) => this.#hear(event, worker),
      lose: (why) => this.#isProxyKilled || this.#lose(formatCredentials(credentials), why),
    })
    await this.#loss.orEnd(this.#ownProxy.ready())
    return this.#ownProxy
  }

  /** Every identity that a flow is sent as, once. */
  #senders(): Credentials[] {
    return [...new Map(this.#plan.flows.map(({ credentials }) => [formatCredentials(credentials), credentials])).values()]
  }

  /** Has an identity's process work in this pod. */
  async #join(credentials: Credentials, transparent?: boolean): Promise<Worker> {
    const key = formatCredentials(credentials)
    const known = this.#working.get(key)
    if (known !== undefined) return known
    const worker = await this.#loss.orEnd(this.#workers.get(credentials, transparent))
    this.#working.set(key, worker)
    this.#record?.note(key, 'works here; its process reads that identity back from the kernel')
    worker.listenTo(this.#pod.name, { hear: (event, from) => this.#hear(event, from), lose: (why) => this.#lose(key, why) })
    return worker
  }

  #hear(event: WorkerEvent, worker: Worker): void {
    this.#record?.note(formatCredentials(worker.credentials), 'tells', event)
    this.#probeRun?.hear(this.#envoy === undefined ? event : heardOf(event))
  }

  #lose(who: string, why: HarnessError): void {
    this.#record?.note(who, 'is lost', { why: why.message })
    this.#loss.report(why)
  }
}
