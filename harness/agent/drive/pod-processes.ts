import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import type { HarnessError } from '../../core/errors.ts'
import { requireMapped } from '../becoming.ts'
import { Envoy } from '../envoy/envoy.ts'
import { heardOf } from '../envoy/event-translation.ts'
import type { Note } from '../evidence/record.ts'
import type { Pod } from '../pod/pod.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { Worker } from '../worker.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { everybody, workerKey, type Workers } from '../workers.ts'
import { allEnded } from './all-ended.ts'
import { type Opening, openingsOf } from './listeners.ts'
import type { Loss } from './loss.ts'

/** Receives events from a pod's processes. */
type Hear = (event: WorkerEvent) => void

/** The processes at work in one pod: identities that listen and send, the proxy, perhaps a real Envoy. */
export class PodProcesses {
  readonly #pod: Pod
  readonly #plan: PodPlan
  readonly #workers: Workers
  readonly #loss: Loss
  readonly #note: Note
  readonly #hear: Hear
  readonly #working = new Map<string, Worker>()
  /** A proxy that is to be killed has a process to itself. */
  #ownProxy: Worker | undefined
  #isProxyKilled = false
  /** The real Envoy, where one stands in the stub's place. */
  #envoy: Envoy | undefined

  constructor(pod: Pod, plan: PodPlan, workers: Workers, loss: Loss, note: Note, hear: Hear) {
    this.#pod = pod
    this.#plan = plan
    this.#workers = workers
    this.#loss = loss
    this.#note = note
    this.#hear = hear
  }

  /** Those of the identities that work here, by `workerKey`. */
  get working(): ReadonlyMap<string, Worker> {
    return this.#working
  }

  /** Other sources of events about the pod, beside the identities' processes. */
  get envoys(): readonly Envoy[] {
    return this.#envoy === undefined || this.#plan.proxy.state === 'killed' ? [] : [this.#envoy]
  }

  /** Resolves once all listeners are open, and a proxy that the plan kills is dead. */
  async open(): Promise<void> {
    const openings = openingsOf(this.#pod, this.#plan).filter(
      ({ routing }) => routing === undefined || !this.#isProxyKilled,
    )
    await allEnded([this.#startEnvoy(), ...openings.map((opening) => this.#loss.onFailure(this.#listen(opening)))])
    this.#loss.check()
    if (this.#plan.proxy.state === 'killed') await this.#killProxy()
  }

  /** Which process owes the pod an answer, and which; undefined if none does. */
  get owed(): string | undefined {
    const own = this.#ownProxy === undefined ? [] : [this.#ownProxy]
    const owing = [...this.#working.values(), ...own].map((worker) => worker.owes(this.#pod.name))
    // One that somebody has stopped is why the others are late.
    return owing.find((answer) => answer?.endsWith('it is stopped')) ?? owing.find((answer) => answer !== undefined)
  }

  /**
   * Has whoever listens or sends as an identity work in this pod: that of everybody, or the identity's own where it
   * takes more.
   * @returns it. @throws HarnessError (`machine`) if this user's namespace does not have the identity.
   */
  async join(credentials: Credentials, privileged = false): Promise<Worker> {
    if (privileged) return this.#join(workerKey(credentials, true), () => this.#workers.transparent(credentials))
    requireMapped(credentials)
    return this.#join(everybody, () => this.#workers.everybody())
  }

  async #join(key: string, get: () => Promise<Worker>): Promise<Worker> {
    const known = this.#working.get(key)
    if (known !== undefined) return known
    const worker = await this.#loss.orEnd(get())
    // Somebody else may have asked for it meanwhile.
    if (this.#working.get(key) === worker) return worker
    this.#working.set(key, worker)
    this.#note(key, 'works here; who it is for a socket is read back from the kernel')
    this.#listenTo(worker, (why) => this.#lose(key, why))
    return worker
  }

  /** Ends every connection; resolves once their ports are free. */
  async finish(): Promise<void> {
    await this.#loss.orEnd(Promise.all([...this.#working.values()].map((worker) => worker.finish(this.#pod.name))))
    await this.#loss.orEnd(Promise.all(this.envoys.map((envoy) => envoy.finish())))
  }

  /**
   * Closes all sockets, listeners included: the kernel then drops connections that were not accepted yet. @param patient
   * whether that is waited for; a process that is late closes its own once it goes on.
   */
  async close(patient = true): Promise<void> {
    const closed = Promise.all([...this.#working.values()].map((worker) => worker.close(this.#pod.name)))
    if (patient) await closed
    await this.#envoy?.kill()
    this.#working.clear()
  }

  /**
   * Ends the processes' work in this pod. @returns whether the pod can be reused; after a death, late events may still
   * arrive.
   */
  async leave(patient = true): Promise<boolean> {
    const workers = [...this.#working.values()]
    await this.close(patient)
    const isWell = workers.every(({ lost }) => lost === undefined)
    await this.#ownProxy?.kill()
    return isWell && this.#ownProxy === undefined && this.#envoy === undefined
  }

  async #startEnvoy(): Promise<void> {
    const { envoy, state } = this.#plan.proxy
    if (envoy === undefined || state === 'down' || this.#isProxyKilled) return
    this.#envoy = await this.#loss.onFailure(
      Envoy.start(envoy, this.#pod, this.#plan.proxy, {
        tell: (event) => {
          this.#note('envoy', 'tells', event)
          this.#hear(event)
        },
        lose: (why) => this.#lose('envoy', why),
      }),
    )
  }

  async #killProxy(): Promise<void> {
    this.#isProxyKilled = true
    await this.#ownProxy?.kill()
    await this.#envoy?.kill()
  }

  async #listen({ credentials, listeners, routing, transparent }: Opening): Promise<void> {
    const isKilledLater = routing !== undefined && this.#plan.proxy.state === 'killed'
    const worker = isKilledLater
      ? await this.#startOwnProxy(credentials, transparent)
      : await this.join(credentials, transparent)
    this.#note(formatCredentials(credentials), 'is told to listen', { listeners, routing })
    const isVisited = this.#plan.visited || this.#plan.proxy.envoy !== undefined
    const listening = worker.listen(this.#pod.name, {
      listeners,
      ...(routing && { routing }),
      ...(!isKilledLater && !transparent && { as: credentials }),
      ...(isVisited && { isVisited: true }),
    })
    await this.#loss.orEnd(listening)
  }

  async #startOwnProxy(credentials: Credentials, transparent?: boolean): Promise<Worker> {
    const proxy = new Worker(credentials, transparent ? 'transparent' : 'plain')
    this.#ownProxy = proxy
    this.#listenTo(proxy, (why) => this.#isProxyKilled || this.#lose(formatCredentials(credentials), why))
    await this.#loss.orEnd(proxy.ready())
    return proxy
  }

  #listenTo(worker: Worker, lose: (why: HarnessError) => void): void {
    worker.listenTo(this.#pod.name, {
      hear: (event) => {
        this.#note(worker.label, 'tells', event)
        this.#hear(this.#envoy === undefined ? event : heardOf(event, this.#plan.proxy.listeners))
      },
      lose,
    })
  }

  #lose(who: string, why: HarnessError): void {
    this.#note(who, 'is lost', { why: why.message })
    this.#loss.report(why)
  }
}
