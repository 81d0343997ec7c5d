import type { ChildProcess } from 'node:child_process'
import { HarnessError } from '../core/errors.ts'
import { type Credentials, formatCredentials } from '../flow/identity.ts'
import { Silence } from '../core/silence.ts'
import { readJsonLines, writeJsonLine } from '../sys/processes/json-lines.ts'
import { WatchedProcess } from '../sys/processes/process-state.ts'
import { keepTail } from '../sys/processes/tail.ts'
import { noteProgress } from './progress.ts'
import { lostProcess, silentProcess, unanswered } from './lost-process.ts'
import { OpenTasks } from './open-tasks.ts'
import { patience, patiently } from './patience.ts'
import { requireSame } from './require-same.ts'
import { type Power, startWorker } from './start-worker.ts'
import type { ProbeSpec, Task, WorkerEvent, WorkerMessage } from './worker/protocol.ts'

type Listening = Omit<Extract<Task, { do: 'listen' }>, 'do' | 'pod'>

/** Gets what one process tells of one pod, and whether it is gone. */
interface PodListener {
  hear(event: WorkerEvent, worker: Worker): void
  lose(why: HarnessError): void
}

/**
 * The process of all identities, or of one alone. Every wait for it fails as soon as it is lost. A process that owes an answer and stays
 * silent for too long is killed, which counts as lost.
 */
export class Worker {
  /** What it runs as. */
  readonly credentials: Credentials
  /** What it is called: its identity, or `all identities`. */
  readonly label: string
  readonly #process: ChildProcess
  readonly #watched: WatchedProcess | undefined
  readonly #listeners = new Map<string, PodListener>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #silence = new Silence(
    () => patience.milliseconds,
    () => this.#giveUp(),
  )
  readonly #tasks: OpenTasks
  #isReady = false
  /** Why it is gone. */
  lost: HarnessError | undefined

  constructor(credentials: Credentials, power: Power = 'plain') {
    this.credentials = credentials
    this.label = power === 'everybody' ? 'all identities' : formatCredentials(credentials)
    this.#tasks = new OpenTasks(this.label, this.#silence)
    this.#process = startWorker(credentials, power)
    const { pid } = this.#process
    this.#watched = pid === undefined ? undefined : new WatchedProcess(pid)
    const complaint = keepTail(this.#process.stderr)
    readJsonLines(
      this.#process.stdout as NonNullable<ChildProcess['stdout']>,
      (messages) => this.#hear(messages as WorkerMessage[]),
      () => {},
    )
    this.#process.stdin?.on('error', () => {})
    this.#process.once('error', (error) =>
      this.#lose(new HarnessError('machine', `${this.#name} does not start: ${error.message}`)),
    )
    this.#process.once('exit', (code, signal) => this.#lose(lostProcess(this.#name, code, signal, complaint())))
    this.#silence.begin()
  }

  get #name(): string {
    return `the process of ${this.label}`
  }

  /** What a pod waits for it to answer, as `the process of 1000:1000 has not answered 'sync'`; undefined for nothing. */
  owes(pod: string): string | undefined {
    const task = this.#isReady ? this.#tasks.firstIn(pod) : 'start'
    return task === undefined ? undefined : unanswered(this.#name, this.#process.pid, task)
  }

  /** Whether it has died, even if nobody has been told yet. */
  get isGone(): boolean {
    return this.lost !== undefined || this.#watched === undefined || this.#watched.isEnding
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
  listen(pod: string, listening: Listening): Promise<void> {
    return this.#ask({ do: 'listen', pod, ...listening })
  }

  /**
   * Resolves once all of them have been sent. @param as whom it becomes for them. @throws HarnessError if it cannot, or
   * is gone.
   */
  probe(pod: string, probes: ProbeSpec[], as?: Credentials): Promise<void> {
    return this.#ask({ do: 'probe', pod, probes, ...(as && { as }) })
  }

  /**
   * Resolves once the process has read all its sockets of a pod and reported what it found. @throws HarnessError if it
   * is gone.
   */
  sync(pod: string): Promise<void> {
    return this.#ask({ do: 'sync', pod })
  }

  /**
   * Has the process close the connections of a pod's probes; resolves once their ports are free. @throws HarnessError
   * if it is gone.
   */
  finish(pod: string): Promise<void> {
    return this.#ask({ do: 'finish', pod })
  }

  /** Has the process close all that it has open in a pod; resolves once it is closed, or the process gone. */
  async close(pod: string): Promise<void> {
    this.#listeners.delete(pod)
    await this.#ask({ do: 'close', pod }).catch(() => {})
  }

  /**
   * Resolves if the process has not died up to now. The kernel closes what a process had open before it reports the
   * death, and a flow that meets the closed socket looks as if the rules had refused it.
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
    const { id, done } = this.#tasks.add(task)
    if (this.#process.stdin?.writable) writeJsonLine(this.#process.stdin, { ...task, id })
    return done
  }

  #hear(messages: WorkerMessage[]): void {
    this.#silence.heard()
    noteProgress()
    for (const message of messages) {
      if (message.event === 'ready') this.#check(message.credentials)
      else if (message.event === 'done') this.#tasks.settle(message.id, message.error)
      else this.#listeners.get(message.pod)?.hear(message, this)
    }
  }

  #check(actual: Credentials): void {
    this.#isReady = true
    this.#silence.end()
    try {
      requireSame(this.credentials, actual)
      this.#ready.resolve()
    } catch (error) {
      this.#ready.reject(error)
    }
  }

  #giveUp(): void {
    const task = this.#isReady ? (this.#tasks.first ?? 'nothing') : 'start'
    this.#lose(silentProcess(this.#name, this.#process.pid, task, patience.milliseconds))
    this.#process.kill('SIGKILL')
  }

  #lose(why: HarnessError): void {
    if (this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null)
      this.#exited.resolve()
    if (this.lost !== undefined) return
    this.lost = why
    this.#watched?.letGo()
    this.#silence.stop()
    this.#ready.reject(why)
    this.#tasks.fail(why)
    for (const listener of this.#listeners.values()) listener.lose(why)
    this.#listeners.clear()
  }
}
