import type { Family } from '../core/address.ts'
import type { ListenerName, Receiver } from './verdict.ts'

/** Which traffic a mesh's rules send to a listener. */
export const captured = ['outbound', 'inbound', 'dns'] as const
export type Captured = (typeof captured)[number]

/** A port that a mesh's proxy listens on: one row of the profile's table. */
export interface Listener {
  /** What scenarios and reports call it, such as `outbound` or `probe`; ports that do the same share a name. */
  name: string
  port: number
  protocol: 'tcp' | 'udp'
  /**
   * Whether it listens on every address of the profile's families, on 127.0.0.1 and ::1 alone, or on the one address
   * given.
   */
  on: 'any' | 'loopback' | (string & {})
  /** What the rules send to it; a port without this is only ever dialled as such. */
  captures?: Captured
  /** It takes connections to foreign addresses, as TPROXY needs it (ip(7), IP_TRANSPARENT). */
  transparent?: true
  /**
   * `relay` passes connections on, `http` answers requests, `admin` is Envoy's admin interface, `dns` answers queries.
   */
  speaks: 'relay' | 'http' | 'admin' | 'dns'
}

/** How a listener may be called: short enough for a UNIX socket's path, and plain enough for an id. */
export const namePattern = /^[a-z][a-z0-9-]{0,19}$/

/** A listener that rules send traffic to. */
export type Capturing = Listener & { captures: Captured }
/** One that dials on what it gets. */
export type Relay = Listener & { captures: Exclude<Captured, 'dns'> }

/** How a proxy passes on what its listeners get. */
export interface DialsOn {
  /**
   * `loopback`: the port that was dialled, on loopback. Otherwise the original destination, from this source: an
   * address for each family, or the client's own, and a port of the proxy's.
   */
  inbound:
    | 'loopback'
    | {
        from: 'client' | Readonly<Record<Family, string>>
        /** SO_MARK of what is dialled on. */
        mark?: number
        /** Ports that a service in the pod has are dialled on loopback all the same. */
        servicePorts?: 'loopback'
      }
  /** The endpoint of the service whose address was dialled; any other destination as it is. */
  outbound: 'service'
  /** One listener is for both directions: what it gets for an address of the pod's own is dialled on loopback. */
  own?: 'loopback'
  /** SO_MARK of whatever is dialled on. */
  mark?: number
  /**
   * Whom it asks what it is asked by DNS, by the same protocol: the first of these servers, on port 53. Without one it
   * answers by itself.
   */
  dns?: { servers: readonly string[] }
}

/** The port of DNS servers (RFC 1035, 4.2). */
export const dnsPort = 53

export const isCapturing = (listener: Listener): listener is Capturing => listener.captures !== undefined

export const isRelay = (listener: Listener): listener is Relay =>
  listener.captures === 'outbound' || listener.captures === 'inbound'

/** What a listener passes on, if it does: connections, or by DNS what it is asked. */
export function passesOn({ protocol, captures }: Listener, { dns }: DialsOn): Captured | undefined {
  if (captures === 'dns') return dns === undefined || dns.servers.length === 0 ? undefined : captures
  return protocol === 'tcp' ? captures : undefined
}

/** Whom a journey meets there: a listener that captures, by its name, or a port of the proxy's own. */
export const stationAt = (listener: Listener): ListenerName | Receiver =>
  isCapturing(listener) ? listener.name : `envoy-${listener.name}`

/** Every port of the table, once. */
export const listeningPorts = (listeners: readonly Listener[]): number[] => [
  ...new Set(listeners.map(({ port }) => port)),
]

/**
 * The ports of TCP that a proxy has on all addresses of a family. Nobody else can send from there: on all addresses of a
 * host a port has one owner (inet_csk_get_port in net/ipv4/inet_connection_sock.c).
 */
export const ownedPorts = (
  { listeners, families }: { listeners: readonly Listener[]; families: readonly Family[] },
  family: Family,
): number[] =>
  families.includes(family)
    ? listeners.flatMap(({ protocol, on, port }) => (protocol === 'tcp' && on === 'any' ? port : []))
    : []

/** Ports that the proxy has are its own, whoever else was seen there. */
export function withoutProxys<T extends { port: number }>(sockets: readonly T[], listeners: readonly Listener[]): T[] {
  const own = listeningPorts(listeners)
  return sockets.filter(({ port }) => !own.includes(port))
}
