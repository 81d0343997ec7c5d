import type { Listener } from '../../flow/verdict.ts'
import { matches, type Predicate } from './matcher.ts'

/** How one listener passes connections on, by which listeners they have been through. */
export interface Route {
  name: string
  at: Listener
  /** The route by which a connection came there, where it is one of Envoy's own. */
  after?: 'outbound' | 'inbound'
  /** Where it dials from. */
  ports: { first: number; last: number }
  /** The same ports as a regular expression over their digits. */
  pattern: string
}

/**
 * An Envoy does not know its own connections, and would for ever pass on one that the rules send round in a circle. So the
 * source port of whatever it dials says which listeners the connection has been through (IP_LOCAL_PORT_RANGE, ip(7), Linux
 * 6.3), and a listener passes nothing on that has been through it before. The ports are low ones, since those are never
 * given to a connection whose own port nat must change because it is taken (nf_nat_l4proto_unique_tuple in nf_nat_core.c).
 */
const routes: readonly Route[] = [
  { name: 'outbound-inbound', at: 'inbound', after: 'outbound', ports: { first: 600, last: 799 }, pattern: '[67][0-9]{2}' },
  { name: 'inbound-outbound', at: 'outbound', after: 'inbound', ports: { first: 800, last: 999 }, pattern: '[89][0-9]{2}' },
  { name: 'outbound', at: 'outbound', ports: { first: 200, last: 399 }, pattern: '[23][0-9]{2}' },
  { name: 'inbound', at: 'inbound', ports: { first: 400, last: 599 }, pattern: '[45][0-9]{2}' },
]

/** Every port of the routes. */
export const envoyPorts = { first: 200, last: 999 } as const

/** What the pod's ip_local_port_range must hold, since IP_LOCAL_PORT_RANGE only narrows it. */
export const allPorts = '200 60999'

/** A listener's routes, the particular one first. */
export function routesOf(at: Listener): readonly Route[] {
  return routes.filter((route) => route.at === at)
}

/** What must hold of a connection to take a route. */
export function cameBy({ after }: Route): Predicate[] {
  return routes.filter(({ name }) => name === after).map(({ pattern }) => matches('source-port', pattern))
}

/** The source ports of connections that have been through a listener. */
export function loopPattern(at: Listener): string {
  return routes
    .filter((route) => route.at === at || route.after === at)
    .map(({ pattern }) => pattern)
    .join('|')
}
