import { type ChildProcess, spawn } from 'node:child_process'
import { HarnessError } from '../core/errors.ts'
import { type Credentials, formatCredentials, namedCredentials } from '../flow/identity.ts'
import { isMapped } from '../sys/id-map.ts'
import { readJsonLines, writeJsonLine } from '../sys/json-lines.ts'
import { keepTail } from '../sys/tail.ts'
import type { Command, WorkerEvent } from './worker/protocol.ts'
import { bringWorkerProgram, type WorkerProgram } from './worker-program.ts'

let program: WorkerProgram | undefined

/**
 * What an identity's process may do beside being that identity: enter pods (SYS_ADMIN), and read files wherever they are
 * (DAC_READ_SEARCH). xt_owner looks at neither.
 */
const capabilities = '+sys_admin,+dac_read_search'
/** What transparent sockets need besides. */
const transparentCapabilities = `${capabilities},+net_admin`

/** Gets the events of one pod from the processes that work in it. */
export type PodListener = (event: WorkerEvent, worker: Worker) => void

/** One identity's process. */
export class Worker {
  readonly credentials: Credentials
  readonly #process: ChildProcess
  readonly #listeners = new Map<string, PodListener>()
  readonly #syncs = new Map<number, () => void>()
  readonly #ready = Promise.withResolvers<void>()
  #syncCount = 0
  /** Why it is gone. */
  lost: HarnessError | undefined

  constructor(credentials: Credentials, transparent = false) {
    this.credentials = credentials
    const given = transparent ? transparentCapabilities : capabilities
    const capable = ['--inh-caps', given, '--ambient-caps', given]
    program ??= bringWorkerProgram()
    this.#process = spawn('setpriv', [...becoming(credentials), ...capable, ...program.words], {
      stdio: 'pipe',
      env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...program.env },
    })
    const complaint = keepTail(this.#process.stderr)
    readJsonLines(
      this.#process.stdout as NonNullable<ChildProcess['stdout']>,
      (events) => this.#hear(events as WorkerEvent[]),
      () => {},
    )
    this.#process.stdin?.on('error', () => {})
    this.#process.once('error', (error) => this.#lose(error.message))
    this.#process.once('exit', (code, signal) => this.#lose(`${signal ?? `exit code ${code}`} ${complaint()}`.trimEnd()))
  }

  /** @throws HarnessError if the process did not become what it was told to. */
  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** A pod's events go to this listener from now on, until it is closed. */
  listenTo(pod: string, listener: PodListener): void {
    this.#listeners.set(pod, listener)
  }

  tell(command: Command): void {
    if (this.#process.stdin?.writable) writeJsonLine(this.#process.stdin, command)
  }

  /** Resolves once the process has read all its sockets of a pod and everything it found has been told. */
  sync(pod: string): Promise<void> {
    if (this.lost !== undefined) return Promise.resolve()
    this.#syncCount += 1
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#syncs.set(this.#syncCount, resolve)
    this.tell({ do: 'sync', id: this.#syncCount, pod })
    return promise
  }

  /** Has the process close the connections of a pod's probes; resolves once their ports are free. */
  finish(pod: string): Promise<void> {
    this.tell({ do: 'finish', pod })
    return this.sync(pod)
  }

  /** Has the process close all that it has open in a pod; resolves once it is closed, or the process gone. */
  close(pod: string): Promise<void> {
    if (this.lost !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#listeners.set(pod, ({ event }) => {
        if (event !== 'closed' && event !== 'lost') return
        this.#listeners.delete(pod)
        resolve()
      })
      this.tell({ do: 'close', pod })
    })
  }

  /** Kills the process; resolves once it is gone and with it every socket it had. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await gone
  }

  #hear(events: WorkerEvent[]): void {
    for (const event of events) {
      if (event.event === 'ready') this.#check(event.credentials)
      else if (event.event === 'synced') {
        this.#syncs.get(event.id)?.()
        this.#syncs.delete(event.id)
      } else this.#listeners.get(event.pod)?.(event, this)
    }
  }

  #check(actual: Credentials): void {
    if (formatCredentials(actual) === formatCredentials(this.credentials)) return this.#ready.resolve()
    const message = `a process that should run as ${formatCredentials(this.credentials)} runs as ${formatCredentials(actual)}`
    this.#ready.reject(new HarnessError('machine', message))
  }

  #lose(why: string): void {
    if (this.lost !== undefined) return
    this.lost = new HarnessError('sidetrack', `the process of ${formatCredentials(this.credentials)} is gone: ${why}`)
    this.#ready.reject(this.lost)
    for (const resolve of this.#syncs.values()) resolve()
    this.#syncs.clear()
    for (const [pod, listener] of this.#listeners) listener({ event: 'lost', pod }, this)
  }
}

/**
 * What setpriv(1) is told so that a program becomes this identity.
 * @throws HarnessError (`machine`) if this user's namespace does not have it.
 */
export function becoming(credentials: Credentials): string[] {
  checkMapped(credentials)
  const { uid, gid, groups } = credentials
  return ['--reuid', `${uid}`, '--regid', `${gid}`, ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')])]
}

function checkMapped({ uid, gid, groups }: Credentials): void {
  const unmapped = [
    ...(isMapped('uid', uid) ? [] : [`UID ${uid}`]),
    ...[gid, ...groups].filter((id) => !isMapped('gid', id)).map((id) => `GID ${id}`),
  ]
  if (unmapped.length === 0) return
  const hint = 'run as root, or give the user longer ranges in /etc/subuid and /etc/subgid'
  throw new HarnessError('machine', `${unmapped.join(', ')}: outside what this user's namespace maps`, { hint })
}

const keyOf = (credentials: Credentials, transparent: boolean): string =>
  `${formatCredentials(credentials)}${transparent ? ' transparent' : ''}`

/** The processes of all identities, each started when it is first needed and used by every pod from then on. */
export class Workers {
  readonly #workers = new Map<string, Worker>()

  /** The application and the client on the peer are in nearly every scenario, so theirs start before they are asked for. */
  constructor() {
    for (const credentials of [namedCredentials.app, namedCredentials.remote]) this.#start(credentials)
  }

  /** @param transparent whether it opens transparent sockets. @returns the identity's process, which has proved what it runs as. */
  async get(credentials: Credentials, transparent = false): Promise<Worker> {
    const known = this.#workers.get(keyOf(credentials, transparent))
    const worker = known === undefined || known.lost !== undefined ? this.#start(credentials, transparent) : known
    await worker.ready()
    return worker
  }

  #start(credentials: Credentials, transparent = false): Worker {
    const worker = new Worker(credentials, transparent)
    this.#workers.set(keyOf(credentials, transparent), worker)
    // Whoever asks for the worker is told; until then nobody is.
    worker.ready().catch(() => {})
    return worker
  }
}
