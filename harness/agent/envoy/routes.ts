import type { ListenerName } from '../../flow/verdict.ts'
import { matches, type Predicate } from './matcher.ts'

/** How one listener passes connections on, by which listeners they have been through. */
export interface Route {
  name: string
  at: ListenerName
  /** The listeners that a connection came through, in order, where it is one of Envoy's own. */
  after: readonly ListenerName[]
  /** Where it dials from. */
  ports: { first: number; last: number }
  /** The same ports as a regular expression over their digits. */
  pattern: string
}

/** Every port of the routes. */
export const envoyPorts = { first: 200, last: 999 } as const

/** What the pod's ip_local_port_range must hold, since IP_LOCAL_PORT_RANGE only narrows it. */
export const allPorts = '200 60999'

/**
 * An Envoy does not know its own connections, and would for ever pass on one that the rules send round in a circle. So
 * the source port of whatever it dials says which listeners the connection has been through (IP_LOCAL_PORT_RANGE,
 * ip(7), Linux 6.3), and a listener passes nothing on that has been through it before. The ports are low ones, since
 * those are never given to a connection whose own port nat must change because it is taken (nf_nat_l4proto_unique_tuple
 * in nf_nat_core.c).
 */
export class Routes {
  readonly #routes: readonly Route[]

  /** @param names of the listeners that pass connections on. */
  constructor(names: readonly ListenerName[]) {
    const ways = waysThrough(names)
    const tens = Math.floor((envoyPorts.last + 1 - envoyPorts.first) / 10 / ways.length)
    if (tens < 1) throw new Error(`there are too many listeners to tell connections apart: ${names.join(', ')}`)
    this.#routes = ways.map((way, index) => {
      const first = envoyPorts.first / 10 + index * tens
      const all = Array.from({ length: tens }, (_, offset) => first + offset)
      return {
        name: nameOf(way),
        at: way.at(-1) ?? '',
        after: way.slice(0, -1),
        ports: { first: first * 10, last: (first + tens) * 10 - 1 },
        pattern: `(?:${all.join('|')})[0-9]`,
      }
    })
  }

  /** A listener's routes, those of connections that have been through most before the others. */
  of(at: ListenerName): readonly Route[] {
    return this.#routes.filter((route) => route.at === at)
  }

  /** What must hold of a connection to take a route. */
  cameBy({ after }: Route): Predicate[] {
    return this.#routes
      .filter(({ name }) => name === nameOf(after))
      .map(({ pattern }) => matches('source-port', pattern))
  }

  /** The source ports of connections that have been through a listener. */
  loopPattern(at: ListenerName): string {
    return this.#routes
      .filter((route) => route.at === at || route.after.includes(at))
      .map(({ pattern }) => pattern)
      .join('|')
  }
}

const nameOf = (way: readonly ListenerName[]): string => way.join('>')

/** Every order in which a connection can come through some of the listeners, each at most once; the longest first. */
function waysThrough(names: readonly ListenerName[]): ListenerName[][] {
  const longer = names.flatMap((name) => {
    const others = names.filter((other) => other !== name)
    return others.length === 0 ? [] : waysThrough(others).map((way) => [...way, name])
  })
  return [...longer, ...names.map((name) => [name])].sort((a, b) => b.length - a.length)
}
