import { type Credentials, formatCredentials, namedCredentials } from '../flow/identity.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Power } from './start-worker.ts'
import { Worker } from './worker.ts'

/**
 * What tells one identity's processes apart: the one that opens transparent and raw sockets and sets marks may do more.
 */
export const workerKey = (credentials: Credentials, transparent: boolean): string =>
  `${formatCredentials(credentials)}${transparent ? ' transparent' : ''}`

/** That of the process which sends for identities that have none, since they listen nowhere. */
export const callers = 'callers'

/** Whether a flow's socket needs CAP_NET_ADMIN, or CAP_NET_RAW. */
export const isPrivileged = ({ mark, transparent, raw }: Pick<ConcreteFlow, 'mark' | 'transparent' | 'raw'>): boolean =>
  mark !== undefined || transparent === true || raw !== undefined

/** The processes of all identities, each started when it is first needed and used by every pod from then on. */
export class Workers {
  readonly #workers = new Map<string, Worker>()

  /** Nearly every scenario has the application and the client on the peer, so their processes start early. */
  constructor() {
    for (const credentials of [namedCredentials.app, namedCredentials.remote])
      this.#start(workerKey(credentials, false), credentials, 'plain')
  }

  /**
   * @param transparent whether it opens transparent sockets. @returns the identity's process, which has proved what it
   * runs as.
   */
  get(credentials: Credentials, transparent = false): Promise<Worker> {
    return this.#ready(workerKey(credentials, transparent), credentials, transparent ? 'transparent' : 'plain')
  }

  /** Has an identity's process start, if there is none: somebody will ask for it. */
  expect(credentials: Credentials, transparent: boolean): void {
    // Whoever asks for it gets the error.
    this.get(credentials, transparent).catch(() => {})
  }

  /** @returns the process that sends for everybody who has none. */
  callers(): Promise<Worker> {
    return this.#ready(callers, namedCredentials.root, 'everybody')
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
