import { type Family, familyOf } from '../../../core/address.ts'
import { type TableName, tableOf } from './table-names.ts'

/** A line of what `ip route` prints (print_route in iproute2's ip/iproute.c). */
export interface ShownRoute {
  type: string
  /** A prefix, or `default`. */
  destination: string
  dev?: string
  via?: string
  src?: string
  /** Its table, where the line says so. */
  table?: TableName
  /** The family that the line shows. */
  family?: Family
}

const types = 'unicast|local|broadcast|multicast|anycast|blackhole|unreachable|prohibit|throw|nat'
const start = new RegExp(String.raw`^(?:(${types})\s+)?(default|[\da-fA-F.:]+(?:/\d{1,3})?)(?:\s+|$)`)
const valued = new Set(
  'dev via proto protocol scope src metric table mtu advmss hoplimit pref initcwnd initrwnd rto_min window rtt rttvar ssthresh cwnd error expires realm realms nhid encap weight age users used iif uid mark tos dsfield from features quickack congctl fastopen_no_cookie'.split(
    ' ',
  ),
)
const alone = new Set(
  'onlink linkdown dead pervasive offload offload_failed trap notify unresolved cache lock nexthop rt_offload rt_trap'.split(
    ' ',
  ),
)

/** @returns undefined if it is no such line. */
export function shownRoute(text: string): ShownRoute | undefined {
  if (text.length > 500) return undefined
  const [head = '', type, destination = ''] = start.exec(text) ?? []
  const family = familyOf(destination.split('/')[0] ?? '')
  if (head === '' || (destination !== 'default' && family === undefined)) return undefined
  const route: ShownRoute = { type: type ?? 'unicast', destination, ...(family && { family }) }
  const words = text
    .slice(head.length)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (type === undefined && words.length === 0) return undefined
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string
    if (alone.has(word) || /^\d+sec$|^\d+ms$/.test(word)) continue
    if (!valued.has(word)) return undefined
    at += 1
    let value = words[at]
    if (value === undefined) return undefined
    if (word === 'via' && /^inet6?$/.test(value)) {
      at += 1
      value = words[at] ?? ''
    }
    if (word === 'dev') route.dev ??= value
    else if (word === 'via') route.via ??= value
    else if (word === 'src') route.src ??= value
    else if (word === 'table') route.table = tableOf(value)
    // IPv6 routes alone have a preference of the router's (RFC 4191).
    else if (word === 'pref') route.family ??= 'ipv6'
  }
  const told = route.via === undefined ? undefined : familyOf(route.via)
  if (told !== undefined) route.family ??= told
  return route
}
