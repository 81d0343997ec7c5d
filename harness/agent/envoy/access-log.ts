import { type AddressPort, canonicalAddress } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import type { ListenerName, Receiver } from '../../flow/verdict.ts'
import { typeUrls } from './type-urls.ts'

/** When Envoy writes an entry (%ACCESS_LOG_TYPE%): a connection was accepted, its upstream connected, or it ended. */
export const moments = ['TcpConnectionStart', 'TcpUpstreamConnected', 'TcpConnectionEnd'] as const

/** What a filter chain does with a connection: passes it on, or ends it as looped or as bound for the proxy itself. */
export type Disposition = 'on' | 'looped' | 'self'

/** One entry of the access log. */
export interface Entry {
  at: ListenerName | Receiver
  disposition: Disposition
  /** The cluster that the connection is passed on by. */
  cluster: string
  moment: (typeof moments)[number]
  /** Who connected. */
  source: AddressPort
  /** The accepting socket's own address. */
  local: AddressPort
  /** What the client had dialled, once the original_dst listener filter has asked for it. */
  original: AddressPort
  /** What Envoy dialled on, and from where; missing where it did not get that far. */
  dialled?: AddressPort
  dialledFrom?: AddressPort
}

/** Command operators as Envoy 1.40 documents them (configuration/observability/access_log/usage). */
const operators = {
  moment: '%ACCESS_LOG_TYPE%',
  source: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
  local: '%DOWNSTREAM_DIRECT_LOCAL_ADDRESS%',
  original: '%DOWNSTREAM_LOCAL_ADDRESS%',
  dialled: '%UPSTREAM_REMOTE_ADDRESS%',
  dialledFrom: '%UPSTREAM_LOCAL_ADDRESS%',
} as const

/** What the entries of a connection that only asks whether all others have been written are known by. */
export const sentinel = 'sentinel'

/** An access log that writes each entry as a line of JSON. @param cluster what the connections are passed on by. */
export function accessLog(
  path: string,
  at: ListenerName | Receiver,
  disposition: Disposition,
  cluster: string,
): object {
  return logger(path, { at, disposition, cluster, ...operators })
}

export function sentinelLog(path: string): object {
  return logger(path, { at: sentinel })
}

function logger(path: string, format: object): object {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: { '@type': typeUrls.fileAccessLog, path, log_format: { json_format: format } },
  }
}

/** Reads one line's value. @throws HarnessError (`sidetrack`) if it is no entry as `accessLog` asks for it. */
export function readEntry(line: unknown): Entry | typeof sentinel {
  const { at, disposition, cluster, moment, source, local, original, dialled, dialledFrom } = line as Record<
    string,
    string | null | undefined
  >
  if (at === sentinel) return sentinel
  const from = addressPort(source)
  const to = addressPort(local)
  const meant = addressPort(original)
  const known = moments.find((name) => name === moment)
  if (known === undefined || cluster == null || from === undefined || to === undefined || meant === undefined) {
    throw new HarnessError('sidetrack', `Envoy's access log has a line of another form: ${JSON.stringify(line)}`)
  }
  const [upstream, upstreamFrom] = [addressPort(dialled), addressPort(dialledFrom)]
  return {
    at: at as Entry['at'],
    disposition: disposition as Disposition,
    cluster,
    moment: known,
    source: from,
    local: to,
    original: meant,
    ...(upstream && { dialled: upstream }),
    ...(upstreamFrom && { dialledFrom: upstreamFrom }),
  }
}

/** `10.0.0.1:80` or `[2001:db8::1]:80`; a missing value is null, and in an older Envoy `-`. */
function addressPort(text: string | null | undefined): AddressPort | undefined {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d+)$/.exec(text ?? '') ?? []
  const address = v6 ?? v4
  return address === undefined ? undefined : { address: canonicalAddress(address), port: Number(port) }
}
