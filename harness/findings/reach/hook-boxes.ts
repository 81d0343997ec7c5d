import type { Hook } from '../../flow/matched-rule.ts'
import { domainOf } from '../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import type { Box, Side } from './space.ts'

const interfaces = domainOf('iif', 'ipv4')
/**
 * What is asked about an interface that a hook does not have is held against an empty name (ip_packet_match in
 * net/ipv4/netfilter/ip_tables.c).
 */
const none: Side = { in: IntervalSet.of<Scalar>(interfaces, { first: 0n, last: 0n }), absent: false }
const some: Side = { in: IntervalSet.of<Scalar>(interfaces, { first: 1n, last: interfaces.last }), absent: false }

const ids = domainOf('uid', 'ipv4')
/** What comes in has no owner yet (xt_owner is asked about a packet's socket). */
const nobody: Side = { in: IntervalSet.of<Scalar>(ids), absent: true }

const [iif, oif] = ['iif/', 'oif/']
const owner = [
  ['uid/', nobody],
  ['gid/', nobody],
] as const

/** What all packets at a hook have in common. */
export const hookBoxes: Readonly<Record<Hook, Box>> = {
  PREROUTING: new Map([[iif, some], [oif, none], ...owner]),
  INPUT: new Map([[iif, some], [oif, none], ...owner]),
  FORWARD: new Map([[iif, some], [oif, some], ...owner]),
  OUTPUT: new Map([
    [iif, none],
    [oif, some],
  ]),
  POSTROUTING: new Map([[oif, some]]),
}
