import type { PodPlan } from '../../flow/pod-plan.ts'
import { flushConntrack, listConntrack } from '../conntrack.ts'
import type { PodRecord } from '../evidence/record.ts'
import { dropHalfOpen } from '../half-open.ts'
import type { Pod } from '../pod/pod.ts'
import type { ConntrackEntry, DrivenFlow, EmitResults, FlowPlan, FlowResult, IndexedResult } from '../protocol.ts'
import type { Trace } from '../trace/traced.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { allEnded } from './all-ended.ts'
import type { Loss } from './loss.ts'
import type { PodProcesses } from './pod-processes.ts'
import { ProbeRun } from './probe-run.ts'
import type { Sent } from './batch.ts'
import { splitIntoBatches } from './split-batches.ts'
import { isPrivileged, workerKey } from '../workers.ts'

/** What is sent through one pod, and what is left of it: connections, and what might still be said. */
export class Sending {
  readonly #pod: Pod
  readonly #plan: PodPlan
  readonly #processes: PodProcesses
  readonly #loss: Loss
  readonly #record: PodRecord | undefined
  #probeRun: ProbeRun | undefined
  /** What connection tracking knew before it was made to forget. */
  #forgotten: ConntrackEntry[] = []
  #hasSent = false
  /** Whether every flow has come to its end, so that nothing is sent again later. */
  #isQuiet = true
  #isUnderWay = false

  constructor(pod: Pod, plan: PodPlan, processes: PodProcesses, loss: Loss, record: PodRecord | undefined) {
    this.#pod = pod
    this.#plan = plan
    this.#processes = processes
    this.#loss = loss
    this.#record = record
  }

  /** Whether anything has been sent since connections were left behind last. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Whether flows are being sent, or have not been sent to their end. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** Receives events from the pod's processes. */
  hear(event: WorkerEvent): void {
    this.#probeRun?.hear(event)
  }

  /**
   * Sends flows.
   * @param emit receives their results as soon as they are known, each with its index.
   * @param around what the rules, and what stands beside them, do to what is observed.
   * @param trace tells which rules they match, or why nothing does. @param together no two have the same port.
   * @throws HarnessError if a process that the pod rests on is lost.
   */
  async send(
    flows: readonly DrivenFlow[],
    emit: EmitResults,
    around: {
      hasPolicyRouting: boolean
      renamesPorts: boolean
      sharesPorts: boolean
      hidesEvents: boolean
      zones: readonly number[] | undefined
    },
    trace: Trace,
    together = false,
  ): Promise<void> {
    if (flows.some(({ raw }) => raw !== undefined)) this.#pod.watchSegments()
    await allEnded(sendersOf(flows).map((flow) => this.#processes.join(flow.credentials, isPrivileged(flow))))
    this.#loss.check()
    const { working, envoys } = this.#processes
    const { credentials } = this.#plan.proxy
    using probeRun = new ProbeRun(
      this.#pod,
      credentials,
      working,
      this.#loss,
      trace,
      envoys,
      this.#record?.note,
      around,
    )
    this.#probeRun = probeRun
    const wasQuiet = this.#isQuiet
    this.#isQuiet = false
    this.#isUnderWay = true
    this.#hasSent = true
    let isQuiet = true
    const batches = this.#batches(flows, trace, around.sharesPorts, together)
    for (const [position, batch] of batches.entries()) {
      const before = batches[position - 1]
      if (before !== undefined) await this.#startStep(before, around.sharesPorts)
      const results = await probeRun.drive(batch)
      this.#record?.take()
      isQuiet &&= batch.every(({ plan }, index) => isQuietAfter(plan, results[index]))
      emit(batch.flatMap((sent, index) => indexed(sent, results[index])))
    }
    await Promise.all(envoys.map((envoy) => envoy.account()))
    this.#loss.check()
    this.#isQuiet = wasQuiet && isQuiet
    this.#isUnderWay = false
  }

  /** Ends the connections of what has been sent: half of one may be left. */
  async endConnections(): Promise<void> {
    await this.#processes.finish()
    this.#forget()
  }

  /** Leaves no connection of what has been sent, nor what is known of them. */
  forgetConnections(): Promise<void> {
    return this.endAll(() => flushConntrack(this.#pod.namespace.fd))
  }

  /**
   * Leaves no connection of what has been sent, nor half of one: a new one from the same port would hit it, unless its
   * listener is closed (tcp_v4_rcv in tcp_ipv4.c).
   * @param take takes something else out of the pod meanwhile.
   */
  async endAll(take: () => void | Promise<void>): Promise<void> {
    if (this.#isQuiet) await this.#processes.finish()
    const isLeft = !this.#isQuiet && !(await this.#endHalfOpen())
    if (isLeft) await this.#processes.close()
    await take()
    if (isLeft) await this.#processes.open()
    this.#isQuiet = true
    this.#isUnderWay = false
  }

  /** Drops what is half open once nobody sends any more. @returns whether nothing is. */
  dropHalfOpen(): boolean {
    return this.#isQuiet || dropHalfOpen(this.#pod.namespaces)
  }

  /** Every connection since they were left behind last. */
  conntrack(): ConntrackEntry[] {
    return [...this.#forgotten, ...listConntrack(this.#pod.namespace.fd)]
  }

  /** Nothing is left of what has been sent. */
  leaveBehind(): void {
    this.#hasSent = false
    this.#forgotten = []
  }

  /** @returns whether that can be done while somebody listens. */
  async #endHalfOpen(): Promise<boolean> {
    // Somebody may still send or dial.
    if (this.#isUnderWay || this.#processes.envoys.length > 0) return false
    await this.#processes.finish()
    return this.dropHalfOpen()
  }

  async #startStep(before: readonly Sent[], sharesPorts: boolean): Promise<void> {
    await this.#processes.finish()
    const hasEnvoyDialled = this.#processes.envoys.length > 0 && before.some(({ plan }) => plan.protocol === 'tcp')
    if (hasEnvoyDialled || sharesPorts) this.#forget()
  }

  #forget(): void {
    this.#forgotten.push(...listConntrack(this.#pod.namespace.fd))
    flushConntrack(this.#pod.namespace.fd)
  }

  /**
   * An Envoy lets the kernel choose the ports that it dials from, and the kernel gives one port to several connections
   * as long as their destinations differ. So only one flow is under way at a time, and the next one meets none of its
   * connections; what it takes none of, datagrams, meet each other's as ever. So it is where rules have flows come from
   * the same port, and of datagrams, too.
   */
  #batches(flows: readonly DrivenFlow[], trace: Trace, sharesPorts: boolean, together: boolean): Sent[][] {
    const isOneAtOnce = sharesPorts || this.#plan.proxy.envoy !== undefined
    const most = isOneAtOnce ? 1 : 'flowsAtOnce' in trace ? trace.flowsAtOnce : undefined
    return splitIntoBatches(flows, most, together)
  }
}

/** Nobody sends a datagram or an echo request again. */
const isQuietAfter = ({ protocol }: FlowPlan, result: FlowResult | undefined): boolean =>
  protocol !== 'tcp' ||
  (result !== undefined && 'observed' in result && result.observed.journey.every(({ at }) => at !== 'dropped'))

function indexed({ key, source }: Sent, result: FlowResult | undefined): IndexedResult[] {
  return result === undefined ? [] : [[key, 'observed' in result ? { ...result, source } : result]]
}

/** A flow of every process that flows are sent by. */
function sendersOf(flows: readonly DrivenFlow[]): DrivenFlow[] {
  return [...new Map(flows.map((flow) => [workerKey(flow.credentials, isPrivileged(flow)), flow])).values()]
}
