import type { Box, Dimension } from '../classes/frame.ts'
import { dimensionsOf } from '../classes/frame.ts'
import { formatAddressPort } from '../core/address.ts'
import { formatFlags } from '../core/tcp-flags.ts'
import { type ConcreteFlow, formatFlow } from '../flow/flow.ts'
import {
  type Credentials,
  formatCredentials,
  formatIdentity,
  type Identity,
  namedCredentials,
} from '../flow/identity.ts'
import type { IntervalSet } from '../netfilter/interval-set.ts'
import { addressesOfPrefix, addressOfNumber } from '../netfilter/wide-values.ts'
import type { Scalar } from '../netfilter/interval-set.ts'

/** A witness flow as ids have it. */
export function witnessId(
  { origin, protocol, family, destination, source, mark, transparent, raw, ...flow }: ConcreteFlow,
  proxy: Credentials,
): string {
  return formatFlow({
    ...{
      identity: identityOf({ origin, ...flow }, proxy),
      origin,
      protocol,
      destination: { kind: 'literal', family, ...destination },
    },
    ...(source && { source }),
    ...(mark !== undefined && { mark }),
    ...(transparent && { transparent }),
    ...(raw !== undefined && { raw }),
  })
}

/** `app (1000:1000) → TCP 203.0.113.10:80` */
export function describeWitness(flow: ConcreteFlow, proxy: Credentials): string {
  const { origin, protocol, destination, source, mark, raw } = flow
  const identity = identityOf(flow, proxy)
  const numbers =
    typeof identity === 'object' || identity === 'remote' ? '' : ` (${formatCredentials(flow.credentials)})`
  const where =
    origin.kind === 'peer'
      ? ` on ${origin.interface}'s peer`
      : origin.kind === 'inner'
        ? ' behind the inner bridge'
        : ''
  const to = protocol === 'icmp' ? destination.address : formatAddressPort(destination)
  const details = [
    ...(source === undefined
      ? []
      : [`from ${[source.address ?? 'any address', source.port ?? 'any port'].join(', ')}`]),
    ...(raw === undefined ? [] : [`a lone segment with ${formatFlags(raw)}`]),
    ...(mark === undefined ? [] : [`with mark 0x${mark.toString(16)}`]),
  ]
  return [`${formatIdentity(identity)}${numbers}${where} → ${protocol.toUpperCase()} ${to}`, ...details].join(', ')
}

function identityOf(
  { origin, credentials }: Pick<ConcreteFlow, 'origin' | 'credentials'>,
  proxy: Credentials,
): Identity {
  if (origin.kind !== 'pod') return 'remote'
  const text = formatCredentials(credentials)
  if (text === formatCredentials(proxy)) return 'proxy'
  const name = (['app', 'root'] as const).find((known) => formatCredentials(namedCredentials[known]) === text)
  return name ?? credentials
}

const names: Readonly<Record<Dimension, string>> = {
  uid: 'UID',
  gid: 'GID',
  group: 'group',
  mark: 'mark',
  saddr: 'from',
  daddr: 'to',
  sport: 'source port',
  dport: 'port',
}
/** How many ranges of a dimension are named. */
const mostRanges = 4

/**
 * Which flows a class holds, dimension by dimension, those left out in which anything will do: `UID 0-1499, 1501-; port
 * 6379`.
 */
export function describeBox(box: Box): string {
  const parts = dimensionsOf(box).flatMap((dimension) => {
    const set = box.in[dimension]
    if (set === undefined || set.isFull) return []
    const ranges = isWide(dimension) ? addressRanges(set as IntervalSet<bigint>, box) : numberRanges(set)
    const more = ranges.length - mostRanges
    return `${names[dimension]} ${[...ranges.slice(0, mostRanges), ...(more > 0 ? [`${more} more ranges`] : [])].join(', ')}`
  })
  return parts.join('; ')
}

const isWide = (dimension: Dimension): boolean => dimension === 'saddr' || dimension === 'daddr'

function numberRanges({ intervals, domain }: IntervalSet<Scalar>): string[] {
  return intervals.map(({ first, last }) =>
    first === last ? `${first}` : last === domain.last ? `${first}-` : `${first}-${last}`,
  )
}

function addressRanges({ intervals }: IntervalSet<bigint>, { frame: { family } }: Box): string[] {
  const text = (address: bigint): string => addressOfNumber(address, family)
  const bits = family === 'ipv4' ? 32 : 128
  return intervals.map(({ first, last }) => {
    if (first === last) return text(first)
    const length = bits - (last - first + 1n).toString(2).length + 1
    const prefix = `${text(first)}/${length}`
    const whole = addressesOfPrefix(prefix)
    return whole.first === first && whole.last === last ? prefix : `${text(first)}-${text(last)}`
  })
}
