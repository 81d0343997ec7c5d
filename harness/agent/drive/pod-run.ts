import { performance } from 'node:perf_hooks'
import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { flushConntrack, listConntrack } from '../conntrack.ts'
import { PodRecord } from '../evidence/record.ts'
import { Envoy } from '../envoy/envoy.ts'
import { heardOf } from '../envoy/told.ts'
import type { Pod } from '../pod/pod.ts'
import type { ConntrackEntry, DriveResult, EvidenceResult, FlowResult, PodPlan } from '../protocol.ts'
import { appliedByInitContainers, applyRules, iptables, programName } from '../rules/apply.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { Worker, type Workers } from '../workers.ts'
import { type Opening, openingsOf } from './listeners.ts'
import { ProbeRun } from './probe-run.ts'
import type { Sent } from './step.ts'
import { cutIntoSteps } from './steps.ts'

/** One pod from its making to its removal: listeners and rules, then flows, then whatever is asked about it. */
export class PodRun {
  readonly #plan: PodPlan
  readonly #pod: Pod
  readonly #workers: Workers
  readonly #working = new Map<string, Worker>()
  readonly #listening = new Map<Worker, (error?: string) => void>()
  #probeRun: ProbeRun | undefined
  /** What connection tracking knew before it was made to forget. */
  readonly #forgotten: ConntrackEntry[] = []
  /** Every flow has come to an end, so nothing is sent again later. */
  #isQuiet = false
  /** A proxy that is to be killed has a process to itself. */
  #ownProxy: Worker | undefined
  /** The real Envoy, where one stands in the stub's place. */
  #envoy: Envoy | undefined
  /** What is kept of this run, where evidence is wanted. */
  #record: PodRecord | undefined

  constructor(pod: Pod, plan: PodPlan, workers: Workers) {
    this.#pod = pod
    this.#plan = plan
    this.#workers = workers
  }

  async drive(): Promise<DriveResult> {
    const started = performance.now()
    if (this.#plan.keepsEvidence) this.#record = new PodRecord(this.#pod)
    const [, applied] = await Promise.all([this.#open(), this.#apply(), this.#applyToPeers()])
    this.#pod.awaitLinks()
    const readyMs = performance.now() - started
    this.#record?.note('agent', 'listeners stand, rules are applied', { applied })
    await this.#killProxy()
    await this.#record?.keepRules(() => this.#save())
    await Promise.all(this.#plan.flows.map(({ credentials }) => this.#join(credentials)))
    this.#probeRun = new ProbeRun(this.#pod, this.#plan.proxy.credentials, this.#working, this.#envoys(), this.#record?.note)
    const flows: FlowResult[] = []
    for (const [position, step] of this.#steps().entries()) {
      if (position > 0) await this.#probeRun.finish()
      if (position > 0 && this.#envoy !== undefined) this.#forgetConnections()
      const results = await this.#probeRun.drive(step)
      this.#record?.take()
      step.forEach(({ key, source }, index) => {
        const result = results[index]
        if (result !== undefined) flows[key] = 'observed' in result ? { ...result, source } : result
      })
    }
    await Promise.all(this.#envoys().map((envoy) => envoy.account()))
    this.#isQuiet = flows.every((flow) => 'observed' in flow && flow.observed.journey.every(({ at }) => at !== 'dropped'))
    return { pod: this.#pod.name, applied, flows, readyMs }
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
    const isWell = [...this.#working.values()].every(({ lost }) => lost === undefined)
    await Promise.all([...this.#working.values()].map((worker) => worker.close(this.#pod.name)))
    if (this.#ownProxy?.lost === undefined) await this.#ownProxy?.kill()
    await this.#envoy?.kill()
    this.#record?.close()
    const isPlain = this.#plan.peers.every(({ rules }) => rules === undefined)
    return isWell && this.#isQuiet && isPlain && this.#ownProxy === undefined && this.#envoy === undefined
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
    const { prepared, rules, backend } = this.#plan
    if (prepared !== undefined) return appliedByInitContainers(this.#pod.namespace, backend, rules, prepared.ended)
    let applied: Applied | 'none' = 'none'
    const texts: RuleText[] = Array.from({ length: this.#plan.times }, () => this.#plan.rules).flat()
    for (const text of texts) {
      applied = await applyRules(this.#pod.namespace, this.#plan.backend, text)
      if (!applied.ok) break
    }
    return applied
  }

  async #applyToPeers(): Promise<void> {
    for (const { interface: name, rules = [] } of this.#plan.peers) {
      const peer = this.#pod.namespaceOf({ kind: 'peer', interface: name })
      for (const text of rules) {
        const applied = await applyRules(peer, this.#plan.backend, text)
        if (!applied.ok) throw new HarnessError('sidetrack', `the rules of the peer at ${name} are rejected: ${applied.message}`)
      }
    }
  }

  async #open(): Promise<void> {
    await Promise.all([this.#startEnvoy(), ...openingsOf(this.#pod, this.#plan).map((opening) => this.#listen(opening))])
  }

  async #startEnvoy(): Promise<void> {
    const { envoy, state } = this.#plan.proxy
    if (envoy === undefined || state === 'down') return
    this.#envoy = await Envoy.start(envoy, this.#pod, this.#plan.proxy, (event) => {
      this.#record?.note('envoy', 'tells', event)
      if (event.event === 'lost') this.#probeRun?.lose(this.#envoy?.lost)
      else this.#probeRun?.hear(event)
    })
  }

  /** Whoever tells of the pod beside its processes. */
  #envoys(): Envoy[] {
    return this.#envoy === undefined || this.#plan.proxy.state === 'killed' ? [] : [this.#envoy]
  }

  async #killProxy(): Promise<void> {
    await this.#ownProxy?.kill()
    if (this.#plan.proxy.state === 'killed') await this.#envoy?.kill()
  }

  async #listen({ credentials, listeners, routing, transparent }: Opening): Promise<void> {
    const isProxy = routing !== undefined
    const worker =
      isProxy && this.#plan.proxy.state === 'killed'
        ? await this.#startOwnProxy(credentials, transparent)
        : await this.#join(credentials, transparent)
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    this.#listening.set(worker, resolve)
    this.#record?.note(formatCredentials(credentials), 'is told to listen', { listeners, routing })
    worker.tell({ do: 'listen', pod: this.#pod.name, listeners, ...(routing && { routing }) })
    const error = await promise
    if (error !== undefined) throw new HarnessError('sidetrack', `${formatCredentials(credentials)} cannot listen: ${error}`)
  }

  async #startOwnProxy(credentials: Credentials, transparent?: boolean): Promise<Worker> {
    this.#ownProxy = new Worker(credentials, transparent)
    this.#ownProxy.listenTo(this.#pod.name, (event, from) => this.#hear(event, from))
    await this.#ownProxy.ready()
    return this.#ownProxy
  }

  /** Has an identity's process work in this pod. */
  async #join(credentials: Credentials, transparent?: boolean): Promise<Worker> {
    const key = formatCredentials(credentials)
    const known = this.#working.get(key)
    if (known !== undefined) return known
    const worker = await this.#workers.get(credentials, transparent)
    this.#working.set(key, worker)
    this.#record?.note(key, 'works here; its process reads that identity back from the kernel')
    worker.listenTo(this.#pod.name, (event, from) => this.#hear(event, from))
    return worker
  }

  #hear(event: WorkerEvent, worker: Worker): void {
    this.#record?.note(formatCredentials(worker.credentials), 'tells', event)
    if (event.event === 'listening') this.#listening.get(worker)?.(event.error)
    else if (event.event === 'lost') {
      this.#listening.get(worker)?.(worker.lost?.message)
      if (worker !== this.#ownProxy) this.#probeRun?.lose(worker.lost, worker)
    } else this.#probeRun?.hear(this.#envoy === undefined ? event : heardOf(event), worker)
  }
}
