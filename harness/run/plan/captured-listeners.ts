import { isLoopback, familyOf, loopbackAddresses } from '../../core/address.ts'
import type { CapturedListener } from '../../flow/captured-pod.ts'
import { namedCredentials } from '../../flow/identity.ts'
import type { AppSocket, PodShape } from '../../flow/pod-plan.ts'
import type { Profile } from '../../mesh/profile.ts'
import { listed } from '../../core/conjoined.ts'

const protocols = ['tcp', 'udp'] as const

/** Ports that a note names. */
const mostNamed = 8

/**
 * Where applications listen, as a capture shows it: of a protocol of which it shows no socket nothing is known, since
 * `ss -lnt` has none of UDP.
 * @param own the pod's addresses, beside those that loopback has everywhere.
 */
export function listeningAt(
  listeners: readonly CapturedListener[] | undefined,
  own: readonly string[],
): PodShape['listening'] {
  if (listeners === undefined) return undefined
  const found = protocols.flatMap((protocol) => {
    const shown = listeners.filter((each) => each.protocol === protocol)
    if (shown.length === 0) return []
    const sockets = [...Map.groupBy(shown, ({ port }) => port).values()].flatMap((group) => socketsOn(group, own))
    return [[protocol, sockets] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

/** The sockets on one port, each with addresses that no other one has. */
function socketsOn(group: readonly CapturedListener[], own: readonly string[]): AppSocket[] {
  const at = (...addresses: readonly string[]): CapturedListener | undefined =>
    group.find(({ address, isIPv6Alone }) => addresses.includes(address) && isIPv6Alone !== true)
  const four = at('0.0.0.0')
  // Beside a socket of IPv4's own one on `::` is of IPv6 alone (IPV6_V6ONLY).
  const both = at('*', ...(four === undefined ? ['::'] : []))
  if (both !== undefined) return [socketOf(both, '::')]
  const six = group.find(({ address }) => address === '::')
  const wide = [
    ...(four === undefined ? [] : [socketOf(four, '0.0.0.0')]),
    ...(six === undefined
      ? []
      : [loopbackAddresses.ipv6, ...own.filter((address) => familyOf(address) === 'ipv6')].map((address) =>
          socketOf(six, address),
        )),
  ]
  const single = group.filter(({ address }) => {
    const family = familyOf(address)
    if (family === undefined || address === '0.0.0.0' || address === '::') return false
    const isCovered = family === 'ipv4' ? four !== undefined : six !== undefined
    return !isCovered && (isLoopback(address) || own.includes(address))
  })
  return [
    ...new Map(
      [...wide, ...single.map((each) => socketOf(each, each.address))].map((one) => [one.address, one]),
    ).values(),
  ]
}

/** Its group is not shown: it is taken for the user's own. */
const socketOf = ({ port, uid }: CapturedListener, address: string): AppSocket => ({
  address,
  port,
  credentials: uid === undefined ? namedCredentials.app : { uid, gid: uid, groups: [] },
})

/**
 * Who listens in a pod that is set up as a capture shows it: a line each, none where that shows nothing.
 * @param profile whose proxy is there.
 */
export function listenerNotes(
  listeners: readonly CapturedListener[] | undefined,
  { listeners: own }: Pick<Profile, 'listeners'>,
): string[] {
  if (listeners === undefined) return []
  const shown = protocols.filter((protocol) => listeners.some((each) => each.protocol === protocol))
  const told = shown.map((protocol) => `${protocol.toUpperCase()} ${portsOf(listeners, protocol)}`)
  const rest = protocols.filter((protocol) => !shown.includes(protocol)).map((protocol) => protocol.toUpperCase())
  const absent = own.flatMap(({ protocol, port }) =>
    shown.includes(protocol) && !listeners.some((each) => each.protocol === protocol && each.port === port)
      ? [port]
      : [],
  )
  return [
    ...(told.length === 0 ? [] : [`listening, as the capture shows: ${told.join('; ')}`]),
    ...(rest.length === 0
      ? []
      : [`assumed: somebody listens on every port of ${rest.join(' and ')}, since the capture shows no such socket`]),
    ...(absent.length === 0
      ? []
      : [
          `assumed: the proxy listens on ${listed([...new Set(absent)].map(String))}, where nobody did when this was captured`,
        ]),
  ]
}

/** `80, 8080 on 127.0.0.1`. */
function portsOf(listeners: readonly CapturedListener[], protocol: CapturedListener['protocol']): string {
  const byPort = Map.groupBy(
    listeners.filter((each) => each.protocol === protocol),
    ({ port }) => port,
  )
  const named = [...byPort]
    .toSorted(([a], [b]) => a - b)
    .map(([port, group]) => {
      const addresses = [...new Set(group.map(({ address }) => address))]
      const isEverywhere = addresses.some((address) => ['*', '::', '0.0.0.0'].includes(address))
      return isEverywhere ? `${port}` : `${port} on ${listed(addresses.slice(0, 3))}`
    })
  const more = named.length - mostNamed
  return more > 0 ? `${named.slice(0, mostNamed).join(', ')} and ${more} more` : named.join(', ')
}
