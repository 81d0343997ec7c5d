import { type Credentials, formatCredentials, namedCredentials } from '../flow/identity.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Power } from './start-worker.ts'
import { Worker } from './worker.ts'

/**
 * What tells one identity's processes apart: the one that opens transparent and raw sockets and sets marks may do more.
 */
export const workerKey = (credentials: Credentials, transparent: boolean): string =>
  `${formatCredentials(credentials)}${transparent ? ' transparent' : ''}`

/** That of the process of everybody who needs no more than others. */
export const everybody = 'all identities'

/** Whether a flow's socket needs CAP_NET_ADMIN, or CAP_NET_RAW. */
export const isPrivileged = ({ mark, transparent, raw }: Pick<ConcreteFlow, 'mark' | 'transparent' | 'raw'>): boolean =>
  mark !== undefined || transparent === true || raw !== undefined

/**
 * The processes that listen and send, each started when it is first needed and used by every pod from then on: one for
 * all identities, and one for each that opens transparent, marked or raw sockets.
 */
export class Workers {
  readonly #workers = new Map<string, Worker>()

  /** Nearly every pod has somebody who listens, so their process starts early. */
  constructor() {
    this.#start(everybody, namedCredentials.root, 'everybody')
  }

  /** @returns the process that becomes whom it is told to. */
  everybody(): Promise<Worker> {
    return this.#ready(everybody, namedCredentials.root, 'everybody')
  }

  /** @returns the process of an identity that opens transparent sockets, which has proved what it runs as. */
  transparent(credentials: Credentials): Promise<Worker> {
    return this.#ready(workerKey(credentials, true), credentials, 'transparent')
  }

  /** Has the process start of an identity that opens transparent sockets, if there is none: it will be asked for. */
  expectTransparent(credentials: Credentials): void {
    // Whoever asks for it gets the error.
    this.transparent(credentials).catch(() => {})
  }

  async #ready(key: string, credentials: Credentials, power: Power): Promise<Worker> {
    const known = this.#workers.get(key)
    const worker = known === undefined || known.isGone ? this.#start(key, credentials, power) : known
    await worker.ready()
    return worker
  }

  #start(key: string, credentials: Credentials, power: Power): Worker {
    const worker = new Worker(credentials, power)
    this.#workers.set(key, worker)
    // The next caller that asks for the worker gets the error; until then it is not reported.
    worker.ready().catch(() => {})
    return worker
  }
}
