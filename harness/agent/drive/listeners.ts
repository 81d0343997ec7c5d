import { familyOf, loopbackAddresses, wildcardAddresses } from '../../core/address.ts'
import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import { namedCredentials } from '../../flow/identity.ts'
import type { Origin } from '../../flow/flow.ts'
import type { Receiver } from '../../flow/verdict.ts'
import type { Pod } from '../pod/pod.ts'
import type { PodPlan, ProxyPlan } from '../protocol.ts'
import type { ListenerSpec, RoutingSpec } from '../worker/protocol.ts'

/** What one identity's process is to open in a pod. */
export interface Opening {
  credentials: Credentials
  listeners: ListenerSpec[]
  routing?: RoutingSpec
  /** Its process must be able to open transparent sockets. */
  transparent?: boolean
}

/** Where listeners stand. */
export type Ground = Pick<Pod, 'name' | 'addresses'> & { namespaceOf(origin: Origin): { name: string } }

/** Everything that listens in and around a pod, by the identity that it listens as. The proxy comes first, as it does in a pod. */
export function openingsOf(pod: Ground, plan: PodPlan): Opening[] {
  const openings = new Map<string, Opening>()
  const openingOf = (credentials: Credentials): Opening => {
    const key = formatCredentials(credentials)
    const opening = openings.get(key) ?? { credentials, listeners: [] }
    openings.set(key, opening)
    return opening
  }
  if (plan.proxy.state !== 'down') {
    const proxy = openingOf(plan.proxy.credentials)
    proxy.listeners.push(...proxyListeners(pod, plan.proxy))
    if (plan.proxy.envoy === undefined) proxy.routing = routingOf(pod, plan.proxy)
    if (plan.proxy.transparent) proxy.transparent = true
  }
  for (const { protocol, address, port, credentials, conversation } of plan.apps) {
    const spec: ListenerSpec = {
      pod: pod.name,
      namespace: pod.name,
      at: 'app',
      protocol,
      address,
      port,
      ...(conversation && { conversation }),
    }
    openingOf(credentials).listeners.push(spec)
  }
  for (const { interface: name, tcp, udp } of plan.peers) {
    const base = { pod: pod.name, namespace: pod.namespaceOf({ kind: 'peer', interface: name }).name, at: 'peer' } as const
    const listeners = openingOf(namedCredentials.remote).listeners
    listeners.push(...tcp.map((at): ListenerSpec => ({ ...base, protocol: 'tcp', ...at })))
    listeners.push(...udp.map((at): ListenerSpec => ({ ...base, protocol: 'udp', ...at })))
  }
  return [...openings.values()]
}

/**
 * The proxy's own ports. Its admin interface is on loopback alone; the rest on every address. UDP has a socket an address,
 * to catch datagrams that should never arrive there. A real Envoy has the others for itself, and takes no datagrams.
 */
function proxyListeners(pod: Ground, { families, ports, envoy, transparent = false }: ProxyPlan): ListenerSpec[] {
  const base = { pod: pod.name, namespace: pod.name } as const
  const tcp = (at: ListenerSpec['at'], port: number, address: string): ListenerSpec => ({ ...base, at, protocol: 'tcp', address, port })
  const http = (at: Receiver, port: number, address: string): ListenerSpec => ({ ...tcp(at, port, address), conversation: 'http' })
  const udp = (at: ListenerSpec['at'], port: number, address: string): ListenerSpec => ({ ...base, at, protocol: 'udp', address, port })
  // `::` takes both families, and leaves the port to nobody else.
  const everywhere = families.length > 1 ? ['::'] : families.map((family) => wildcardAddresses[family])
  const addresses = [
    ...families.map((family) => loopbackAddresses[family]),
    ...pod.addresses.filter((address) => families.some((family) => family === familyOf(address))),
  ]
  const datagrams = addresses.flatMap((address) => [udp('outbound', ports.outbound, address), udp('inbound', ports.inbound, address)])
  if (envoy !== undefined) return datagrams
  return [
    ...everywhere.flatMap((address) => [
      { ...tcp('outbound', ports.outbound, address), transparent },
      { ...tcp('inbound', ports.inbound, address), transparent },
      http('envoy-metrics', ports.metrics, address),
      ...ports.probes.map((port) => http('envoy-probe', port, address)),
    ]),
    ...families.map((family) => http('envoy-admin', ports.admin, loopbackAddresses[family])),
    ...datagrams,
  ]
}

function routingOf(pod: Ground, { services, ports, dialPorts }: ProxyPlan): RoutingSpec {
  const ownPorts = [ports.outbound, ports.inbound, ports.admin, ports.metrics, ...ports.probes]
  return { pod: pod.name, namespace: pod.name, services, ownPorts, podAddresses: pod.addresses, dialPorts: dialPorts.ranges }
}
