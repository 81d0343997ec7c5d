import { familyOf, loopbackAddresses, wildcardAddresses } from '../../core/address.ts'
import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import { namedCredentials } from '../../flow/identity.ts'
import type { Origin } from '../../flow/flow.ts'
import { isRelay, type Listener, listeningPorts, passesOn, stationAt } from '../../flow/listener.ts'
import type { Pod } from '../pod/pod.ts'
import type { PodPlan, ProxyPlan } from '../../flow/pod-plan.ts'
import type { ListenerSpec, RoutingSpec } from '../worker/protocol.ts'

/** What one identity's process is to open in a pod. */
export interface Opening {
  credentials: Credentials
  listeners: ListenerSpec[]
  routing?: RoutingSpec
  /** Its process must be able to open transparent sockets. */
  transparent?: boolean
}

/** The network namespaces in which a pod's listeners are opened. */
type PodNetwork = Pick<Pod, 'name' | 'addresses'> & { namespaceOf(origin: Origin): { name: string } }

/**
 * Everything that listens in and around a pod, by the identity that it listens as. The proxy comes first, as it does in
 * a pod.
 */
export function openingsOf(pod: PodNetwork, plan: PodPlan): Opening[] {
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
    if (plan.proxy.envoy === undefined || plan.proxy.dialsOn.dns !== undefined)
      proxy.routing = routingOf(pod, plan.proxy)
    if (isTransparent(plan.proxy)) proxy.transparent = true
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
    const base = {
      pod: pod.name,
      namespace: pod.namespaceOf({ kind: 'peer', interface: name }).name,
      at: 'peer',
    } as const
    const listeners = openingOf(namedCredentials.remote).listeners
    listeners.push(...tcp.map((at): ListenerSpec => ({ ...base, protocol: 'tcp', ...at })))
    listeners.push(...udp.map((at): ListenerSpec => ({ ...base, protocol: 'udp', ...at })))
  }
  return [...openings.values()]
}

/**
 * The proxy's own ports. UDP has one socket for each address, also at the port of each listener that passes connections
 * on: it catches datagrams that should never arrive there. A real Envoy opens the TCP ports itself, except for DNS,
 * which the stub answers.
 */
function proxyListeners(pod: PodNetwork, { families, listeners, dialsOn, envoy }: ProxyPlan): ListenerSpec[] {
  // `::` takes both families, and leaves the port to nobody else.
  const everywhere = families.length > 1 ? ['::'] : families.map((family) => wildcardAddresses[family])
  const loopback = families.map((family) => loopbackAddresses[family])
  const own = [
    ...loopback,
    ...pod.addresses.filter((address) => families.some((family) => family === familyOf(address))),
  ]
  const open = (listener: Listener): ListenerSpec[] => {
    const { protocol, on, port, speaks, transparent } = listener
    const addresses = on === 'loopback' ? loopback : on !== 'any' ? [on] : protocol === 'tcp' ? everywhere : own
    const passedOn = passesOn(listener, dialsOn)
    const spec = {
      pod: pod.name,
      namespace: pod.name,
      at: stationAt(listener),
      protocol,
      port,
      ...(passedOn && { passesOn: passedOn }),
      ...(listener.captures === 'dns' && { isDns: true as const }),
      ...((speaks === 'http' || speaks === 'admin') && { conversation: 'http' as const }),
      ...(transparent && { transparent }),
    }
    return addresses.map((address) => ({ ...spec, address }))
  }
  // Rules of UDP alone have a proxy that listens for nothing else.
  const isHeard = (port: number): boolean => listeners.some((other) => other.protocol === 'udp' && other.port === port)
  const datagrams = listeners
    .filter((listener) => isRelay(listener) && !isHeard(listener.port))
    .map(({ transparent: _, ...listener }): Listener => ({ ...listener, protocol: 'udp' }))
  const isOurs = ({ protocol, speaks }: Listener): boolean =>
    envoy === undefined || protocol === 'udp' || speaks === 'dns'
  return [...listeners.filter(isOurs), ...datagrams].flatMap(open)
}

/** Whether the proxy is a process of ours that other pods may share. */
export function hasOwnStub({ state, envoy }: ProxyPlan): boolean {
  return state === 'up' && envoy === undefined
}

/** Whether the proxy takes connections to foreign addresses, or dials from them or with a mark. */
export function isTransparent({ listeners, dialsOn: { inbound, mark } }: ProxyPlan): boolean {
  if (mark !== undefined) return true
  const dialsSo = inbound !== 'loopback' && (inbound.from === 'client' || inbound.mark !== undefined)
  return dialsSo || listeners.some(({ transparent }) => transparent)
}

function routingOf(pod: PodNetwork, { services, dialsOn, listeners, dialPorts }: ProxyPlan): RoutingSpec {
  const ownPorts = listeningPorts(listeners)
  return {
    pod: pod.name,
    namespace: pod.name,
    services,
    dialsOn,
    ownPorts,
    podAddresses: pod.addresses,
    dialPorts: dialPorts.ranges,
  }
}
