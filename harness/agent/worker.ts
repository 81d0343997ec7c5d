import { type ChildProcess, spawn } from 'node:child_process'
import { HarnessError } from '../core/errors.ts'
import { type Credentials, formatCredentials } from '../flow/identity.ts'
import { Silence } from '../core/silence.ts'
import { readJsonLines, writeJsonLine } from '../sys/json-lines.ts'
import { passedOn } from '../sys/passed-on.ts'
import type { Capability } from '../sys/privileges.ts'
import { isEnding } from '../sys/process-state.ts'
import { keepTail } from '../sys/tail.ts'
import { becoming } from './becoming.ts'
import { noteProgress } from './progress.ts'
import { lostProcess, silentProcess } from './lost-process.ts'
import { patience, patiently } from './patience.ts'
import type { ListenerSpec, ProbeSpec, RoutingSpec, Task, TaskError, WorkerEvent, WorkerMessage } from './worker/protocol.ts'
import { bringWorkerProgram, type WorkerProgram } from './worker-program.ts'

let program: WorkerProgram | undefined

/** What an identity's process may do beside being that identity: enter pods, and open transparent sockets. xt_owner looks at neither. */
const capabilities = { plain: ['sys_admin'], transparent: ['sys_admin', 'net_admin'] } as const satisfies Record<string, Capability[]>

/** Gets what one process tells of one pod, and whether it is gone. */
export interface PodListener {
  hear(event: WorkerEvent, worker: Worker): void
  lose(why: HarnessError): void
}

interface Asked {
  task: string
  resolve(): void
  reject(error: HarnessError): void
}

/**
 * One identity's process. Whoever waits for it, for whatever, fails at once when it is lost; one that owes an answer and says
 * nothing for too long is killed, and is lost with that.
 */
export class Worker {
  readonly credentials: Credentials
  readonly #process: ChildProcess
  readonly #listeners = new Map<string, PodListener>()
  readonly #asked = new Map<number, Asked>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #silence = new Silence(
    () => patience.milliseconds,
    () => this.#giveUp(),
  )
  #isReady = false
  #count = 0
  /** Why it is gone. */
  lost: HarnessError | undefined

  constructor(credentials: Credentials, transparent = false) {
    this.credentials = credentials
    const kept = capabilities[transparent ? 'transparent' : 'plain']
    const given = kept.map((name) => `+${name}`).join(',')
    const capable = ['--inh-caps', given, '--ambient-caps', given]
    program ??= bringWorkerProgram()
    this.#process = spawn('setpriv', [...becoming(credentials), ...capable, ...program.words, ...kept], {
      stdio: 'pipe',
      env: { ...passedOn(), ...program.env },
    })
    const complaint = keepTail(this.#process.stderr)
    readJsonLines(
      this.#process.stdout as NonNullable<ChildProcess['stdout']>,
      (messages) => this.#hear(messages as WorkerMessage[]),
      () => {},
    )
    this.#process.stdin?.on('error', () => {})
    this.#process.once('error', (error) => this.#lose(new HarnessError('machine', `${this.#name} does not start: ${error.message}`)))
    this.#process.once('exit', (code, signal) => this.#lose(lostProcess(this.#name, code, signal, complaint())))
    this.#silence.begin()
  }

  get #name(): string {
    return `the process of ${formatCredentials(this.credentials)}`
  }

  /** Whether it has died, even if nobody has been told yet. */
  get isGone(): boolean {
    const { pid } = this.#process
    return this.lost !== undefined || pid === undefined || isEnding(pid)
  }

  /** @throws HarnessError if the process did not become what it was told to, or is gone. */
  async ready(): Promise<void> {
    await this.#ready.promise
    if (this.lost !== undefined) throw this.lost
  }

  /** What the process tells of a pod goes to this listener from now on, until it is closed there. */
  listenTo(pod: string, listener: PodListener): void {
    this.#listeners.set(pod, listener)
    if (this.lost !== undefined) listener.lose(this.lost)
  }

  /** Resolves once it listens there. @throws HarnessError if it cannot, or is gone. */
  listen(pod: string, listeners: ListenerSpec[], routing?: RoutingSpec): Promise<void> {
    return this.#ask({ do: 'listen', pod, listeners, ...(routing && { routing }) })
  }

  /** Resolves once all of them have been sent. @throws HarnessError if it is gone. */
  probe(pod: string, probes: ProbeSpec[]): Promise<void> {
    return this.#ask({ do: 'probe', pod, probes })
  }

  /** Resolves once the process has read all its sockets of a pod and everything it found has been told. @throws HarnessError if it is gone. */
  sync(pod: string): Promise<void> {
    return this.#ask({ do: 'sync', pod })
  }

  /** Has the process close the connections of a pod's probes; resolves once their ports are free. @throws HarnessError if it is gone. */
  finish(pod: string): Promise<void> {
    return this.#ask({ do: 'finish', pod })
  }

  /** Has the process close all that it has open in a pod; resolves once it is closed, or the process gone. */
  async close(pod: string): Promise<void> {
    this.#listeners.delete(pod)
    await this.#ask({ do: 'close', pod }).catch(() => {})
  }

  /**
   * Resolves if the process has not died up to now. The kernel closes what a process had open before anyone is told that it has
   * died, and whoever meets a closed socket then seems to have been refused by the rules.
   * @throws HarnessError if it has died.
   */
  async requireAlive(): Promise<void> {
    if (this.isGone) await patiently(this.#exited.promise, `${this.#name} has been ending`)
    if (this.lost !== undefined) throw this.lost
  }

  /** Kills the process; resolves once it is gone and with it every socket it had. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await patiently(this.#exited.promise, `${this.#name} has been killed, and has not ended`)
  }

  #ask(task: Task): Promise<void> {
    if (this.lost !== undefined) return Promise.reject(this.lost)
    this.#count += 1
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#asked.set(this.#count, { task: task.do, resolve, reject })
    this.#silence.begin()
    if (this.#process.stdin?.writable) writeJsonLine(this.#process.stdin, { ...task, id: this.#count })
    return promise
  }

  #hear(messages: WorkerMessage[]): void {
    this.#silence.heard()
    noteProgress()
    for (const message of messages) {
      if (message.event === 'ready') this.#check(message.credentials)
      else if (message.event === 'done') this.#done(message.id, message.error)
      else this.#listeners.get(message.pod)?.hear(message, this)
    }
  }

  #done(id: number, error: TaskError | undefined): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    this.#asked.delete(id)
    this.#silence.end()
    if (error === undefined) return asked.resolve()
    const what = error.fault === 'sidetrack' ? `${formatCredentials(this.credentials)} cannot ${asked.task}: ` : ''
    asked.reject(new HarnessError(error.fault, `${what}${error.message}`, error.hint === undefined ? {} : { hint: error.hint }))
  }

  #check(actual: Credentials): void {
    this.#isReady = true
    this.#silence.end()
    if (formatCredentials(actual) === formatCredentials(this.credentials)) return this.#ready.resolve()
    const message = `a process that should run as ${formatCredentials(this.credentials)} runs as ${formatCredentials(actual)}`
    this.#ready.reject(new HarnessError('machine', message))
  }

  #giveUp(): void {
    const [first] = this.#asked.values()
    const task = this.#isReady ? (first?.task ?? 'nothing') : 'start'
    this.#lose(silentProcess(this.#name, this.#process.pid, task, patience.milliseconds))
    this.#process.kill('SIGKILL')
  }

  #lose(why: HarnessError): void {
    if (this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) this.#exited.resolve()
    if (this.lost !== undefined) return
    this.lost = why
    this.#silence.stop()
    this.#ready.reject(why)
    for (const { reject } of this.#asked.values()) reject(why)
    this.#asked.clear()
    for (const listener of this.#listeners.values()) listener.lose(why)
    this.#listeners.clear()
  }
}
