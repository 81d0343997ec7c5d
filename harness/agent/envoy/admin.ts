import { type AddressPort, canonicalAddress, formatAddressPort } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import type { ListenerName } from '../../flow/verdict.ts'

/** How often one cluster has dialled one address since Envoy is up. */
export interface Dials {
  cluster: string
  to: AddressPort
  count: number
}

/** How many connections each listener that passes them on has accepted. */
export type Accepted = ReadonlyMap<ListenerName, number>

/** Envoy's admin interface (operations/admin of its documentation, release 1.40), which is at a UNIX socket. */
export class Admin {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** @throws HarnessError (`sidetrack`) if the answer has another form; what undici says if there is none. */
  async dials(): Promise<Dials[]> {
    return readDials(await this.#ask('/clusters?format=json'))
  }

  /** @throws as `dials`. */
  async accepted(names: readonly ListenerName[]): Promise<Accepted> {
    const filter = encodeURIComponent(`^listener\\.(${names.join('|')})\\.downstream_cx_total$`)
    return readAccepted(await this.#ask(`/stats?format=json&filter=${filter}`), names)
  }

  /**
   * By a connection of its own: the request is read in a later turn of Envoy's main loop than the one that accepts, and
   * by then that loop has heard of whatever the thread that takes connections had told it before.
   */
  async #ask(path: string): Promise<unknown> {
    const { Client } = await import('undici')
    const client = new Client('http://envoy', { socketPath: this.#socketPath })
    try {
      const { statusCode, body } = await client.request({ path, method: 'GET' })
      const text = await body.text()
      return statusCode === 200 ? parse(text) : otherForm(`HTTP status ${statusCode}`)
    } finally {
      await client.destroy()
    }
  }
}

interface Cluster {
  name: string
  host_statuses?: { address: { socket_address?: { address: string; port_value: number } }; stats: Stat[] }[]
}
/**
 * A number of 64 bits is a string in JSON, and one that is nought is left out of a host's (protobuf's JSON mapping).
 */
interface Stat {
  name: string
  value?: string | number
}

/** Reads `/clusters?format=json` (envoy.admin.v3.Clusters): the hosts that are addresses. */
export function readDials(answer: unknown): Dials[] {
  const { cluster_statuses: clusters } = answer as { cluster_statuses?: Cluster[] }
  if (!Array.isArray(clusters)) return otherForm(answer)
  return clusters.flatMap(({ name, host_statuses: hosts = [] }) =>
    hosts.flatMap(({ address: { socket_address: at }, stats }) =>
      at === undefined
        ? []
        : [
            {
              cluster: name,
              to: { address: canonicalAddress(at.address), port: at.port_value },
              count: numberOf(stats, 'cx_total'),
            },
          ],
    ),
  )
}

/** Reads `/stats?format=json`, filtered as `accepted` asks for it. */
export function readAccepted(answer: unknown, names: readonly ListenerName[]): Accepted {
  const { stats } = answer as { stats?: Stat[] }
  if (!Array.isArray(stats)) return otherForm(answer)
  return new Map(names.map((name) => [name, numberOf(stats, `listener.${name}.downstream_cx_total`)]))
}

/** What a dial is known by where dials are counted. */
export function dialKey(cluster: string, to: AddressPort): string {
  return `${cluster} ${formatAddressPort(to)}`
}

function numberOf(stats: readonly Stat[], name: string): number {
  const stat = stats.find((each) => each.name === name)
  return stat === undefined ? otherForm(`no ${name}`) : Number(stat.value ?? 0)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return otherForm(text)
  }
}

function otherForm(answer: unknown): never {
  throw new HarnessError(
    'sidetrack',
    `Envoy's admin interface has an answer of another form: ${JSON.stringify(answer).slice(0, 200)}`,
  )
}
