import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HarnessError } from '../../core/errors.ts'
import { isRelay } from '../../flow/listener.ts'
import type { ListenerName } from '../../flow/verdict.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { passedOn } from '../../sys/processes/passed-on.ts'
import { isEnding } from '../../sys/processes/process-state.ts'
import { keepTail } from '../../sys/processes/tail.ts'
import { patiently } from '../patience.ts'
import type { Pod } from '../pod/pod.ts'
import type { ProxyPlan } from '../../flow/pod-plan.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import { becoming } from '../becoming.ts'
import { readEntry, sentinel } from './access-log.ts'
import { Admin } from './admin.ts'
import { type EnvoyPaths, makeBootstrap } from './bootstrap.ts'
import { readFifo } from './fifo.ts'
import { allPorts } from './routes.ts'
import { EventTranslation } from './event-translation.ts'

const home = '/run/sidetrack/envoy'
/**
 * What an Envoy logs before it opens its listeners and starts its workers, and what it logs when that is done
 * (source/server/server.cc).
 */
const readyLines = ['all dependencies initialized. starting workers', 'starting main dispatch loop']
/**
 * Turns of Envoy's event loop that a connection takes from the SYN in a listener's queue to its last entry: accept,
 * dial on, be answered, end. Each sentinel takes one turn at least, and entries are written in the order in which they
 * came about.
 */
const turns = 4

/** Gets what an Envoy tells, and why it is gone if nobody killed it. */
interface EnvoyListener {
  tell(event: WorkerEvent): void
  lose(why: HarnessError): void
}

/**
 * A real Envoy in a pod, running as the mesh's proxy: it tells what the stub tells, read from its access log and its
 * admin interface.
 */
export class Envoy {
  /** Why it is gone, if nobody killed it. */
  lost: HarnessError | undefined
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #paths: EnvoyPaths
  readonly #admin: Admin
  readonly #log: { close(): void }
  readonly #translation: EventTranslation
  /** The names of the listeners that pass connections on. */
  readonly #relays: readonly ListenerName[]
  readonly #listener: EnvoyListener
  readonly #waiting: (() => void)[] = []
  readonly #ended = Promise.withResolvers<void>()
  #killed = false

  private constructor(binary: string, pod: Pod, plan: ProxyPlan, listener: EnvoyListener) {
    this.#folder = join(home, pod.name)
    this.#listener = listener
    this.#translation = new EventTranslation(pod, plan)
    this.#relays = plan.listeners.filter(isRelay).map(({ name }) => name)
    const inFolder = (name: string): string => join(this.#folder, name)
    this.#paths = {
      log: inFolder('log'),
      admin: inFolder('admin'),
      sentinel: inFolder('sentinel'),
      answering: (who) => inFolder(who),
    }
    this.#admin = new Admin(this.#paths.admin)
    mkdirSync(this.#folder, { recursive: true })
    // Envoy makes its sockets here. Not its own folder: in a container root may give nothing away (CAP_CHOWN).
    chmodSync(this.#folder, 0o777)
    const bootstrap = inFolder('bootstrap.json')
    writeFileSync(bootstrap, JSON.stringify(makeBootstrap({ ...plan, podAddresses: pod.addresses }, this.#paths)))
    this.#log = readFifo(this.#paths.log, (line) => this.#read(line))
    // mkfifo(3) heeds the umask.
    chmodSync(this.#paths.log, 0o622)
    const options = ['--config-path', bootstrap, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'info']
    const args = [...becoming(plan.credentials), '--', binary, ...options, '--file-flush-min-size-kb', '0']
    this.#process = inNamespace(pod.namespace.fd, () => {
      writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', allPorts)
      return spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env: passedOn() })
    })
  }

  /**
   * Resolves once it takes connections.
   * @throws HarnessError (`machine`) with its last words if it ends before, or does not come up; nothing is left of it
   * then.
   */
  static async start(binary: string, pod: Pod, plan: ProxyPlan, listener: EnvoyListener): Promise<Envoy> {
    const envoy = new Envoy(binary, pod, plan, listener)
    try {
      await patiently(envoy.#ready(), 'Envoy has not come up')
      return envoy
    } catch (error) {
      await envoy.kill()
      throw error
    }
  }

  /**
   * Resolves once everything that it knew when this was called has been told. @throws HarnessError (`machine`) if it
   * does not answer.
   */
  async sync(): Promise<void> {
    for (let turn = 0; turn < turns && !this.#isGone; turn += 1)
      await patiently(this.#passSentinel(), 'Envoy has not taken a connection')
    if (!this.#translation.isOpen) return
    for (const event of this.#translation.take((await this.#ask((admin) => admin.dials())) ?? []))
      this.#listener.tell(event)
  }

  /** @throws HarnessError if it has died. */
  async requireAlive(): Promise<void> {
    const { pid } = this.#process
    if (!this.#isGone && pid !== undefined && isEnding(pid))
      await patiently(this.#ended.promise, 'Envoy has been ending')
    if (this.lost !== undefined) throw this.lost
  }

  /** @throws HarnessError (`sidetrack`) if it has accepted a connection that it has not logged. */
  async account(): Promise<void> {
    const accepted = await this.#ask((admin) => admin.accepted(this.#relays))
    await this.sync()
    const missing = accepted && !this.#isGone && this.#translation.whatIsMissing(accepted)
    if (missing) throw new HarnessError('sidetrack', missing)
  }

  /** The other ends have closed their connections; resolves once Envoy has noticed. */
  finish(): Promise<void> {
    return this.sync()
  }

  /** Resolves once it is gone, and with it every socket it had. */
  async kill(): Promise<void> {
    this.#killed = true
    this.#process.kill('SIGKILL')
    await patiently(this.#ended.promise, 'Envoy has been killed, and has not ended')
    this.#close()
  }

  async #ready(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const complaint = keepTail(this.#process.stderr)
    this.#process.once('error', (error) => {
      reject(new HarnessError('machine', `Envoy does not start: ${error.message}`))
      this.#ended.resolve()
    })
    // Not at its exit: its last words are still to be read then.
    this.#process.once('close', (code, signal) => {
      const why = new HarnessError('machine', `Envoy has ended (${signal ?? `exit code ${code}`}): ${complaint()}`)
      reject(why)
      if (!this.#killed) this.#lose(why)
      this.#ended.resolve()
    })
    const missing = new Set(readyLines)
    createInterface({ input: this.#process.stderr as NonNullable<ChildProcess['stderr']> }).on('line', (line) => {
      for (const said of missing) if (line.includes(said)) missing.delete(said)
      if (missing.size === 0) resolve()
    })
    await promise
  }

  get #isGone(): boolean {
    return this.lost !== undefined || this.#killed
  }

  /** @returns nothing of one that is gone. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T | undefined> {
    try {
      return this.#isGone
        ? undefined
        : await patiently(question(this.#admin), 'Envoy has not answered its admin interface')
    } catch (error) {
      if (this.#isGone) return undefined
      if (error instanceof HarnessError) throw error
      throw new HarnessError('machine', `Envoy's admin interface does not answer: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  async #passSentinel(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const socket = connect(this.#paths.sentinel)
    socket.on('error', () => {})
    await promise
    socket.destroy()
  }

  #read(line: unknown): void {
    const entry = readEntry(line)
    if (entry === sentinel) return this.#waiting.shift()?.()
    for (const event of this.#translation.eventsOf(entry)) this.#listener.tell(event)
  }

  #lose(why: HarnessError): void {
    this.lost = why
    this.#listener.lose(why)
    this.#close()
  }

  #close(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
    this.#log.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
