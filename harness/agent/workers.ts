import { type Credentials, formatCredentials, namedCredentials } from '../flow/identity.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { Worker } from './worker.ts'

/**
 * What tells one identity's processes apart: the one that opens transparent and raw sockets and sets marks may do more.
 */
export const workerKey = (credentials: Credentials, transparent: boolean): string =>
  `${formatCredentials(credentials)}${transparent ? ' transparent' : ''}`

/** Whether a flow's socket needs CAP_NET_ADMIN, or CAP_NET_RAW. */
export const isPrivileged = ({ mark, transparent, raw }: Pick<ConcreteFlow, 'mark' | 'transparent' | 'raw'>): boolean =>
  mark !== undefined || transparent === true || raw !== undefined

/** The processes of all identities, each started when it is first needed and used by every pod from then on. */
export class Workers {
  readonly #workers = new Map<string, Worker>()

  /** Nearly every scenario has the application and the client on the peer, so their processes start early. */
  constructor() {
    for (const credentials of [namedCredentials.app, namedCredentials.remote]) this.#start(credentials)
  }

  /**
   * @param transparent whether it opens transparent sockets. @returns the identity's process, which has proved what it
   * runs as.
   */
  async get(credentials: Credentials, transparent = false): Promise<Worker> {
    const known = this.#workers.get(workerKey(credentials, transparent))
    const worker = known === undefined || known.isGone ? this.#start(credentials, transparent) : known
    await worker.ready()
    return worker
  }

  #start(credentials: Credentials, transparent = false): Worker {
    const worker = new Worker(credentials, transparent)
    this.#workers.set(workerKey(credentials, transparent), worker)
    // The next caller that asks for the worker gets the error; until then it is not reported.
    worker.ready().catch(() => {})
    return worker
  }
}
