import { type AddressPort, type Family, familyOf, isLoopback } from '../../core/address.ts'
import { listeningPorts, type Relay } from '../../flow/listener.ts'
import type { ProxyPlan } from '../../flow/pod-plan.ts'
import { isOneOf, matches, type Predicate } from './matcher.ts'
import type { Route } from './routes.ts'

/** What one pod's Envoy is for. */
export interface EnvoyPlan extends Pick<ProxyPlan, 'families' | 'listeners' | 'services' | 'dialsOn'> {
  podAddresses: readonly string[]
}

/** One way in which a listener passes on what no service is for. */
interface PassedOn {
  route: Route
  family: Family
  chain: string
  cluster: string
  /** What must hold of a connection beside its route. */
  when: readonly Predicate[]
  /** It goes to its port on loopback; otherwise to its original destination. */
  onLoopback: boolean
  /** The address that it is dialled from, where that is one of the proxy's. */
  from?: string
}

/** How a listener passes a route's connections on: the first that holds. */
export function waysOn({ captures }: Relay, route: Route, plan: EnvoyPlan): PassedOn[] {
  const { inbound } = plan.dialsOn
  return plan.families.flatMap((family): PassedOn[] => {
    const way = {
      route,
      family,
      chain: `${route.name}, ${family}`,
      cluster: route.name,
      when: [isOf(family)],
      onLoopback: false,
    }
    if (captures === 'outbound') {
      const own = plan.dialsOn.own === undefined ? [] : plan.podAddresses.filter((each) => familyOf(each) === family)
      if (own.length === 0) return [way]
      const when = [...way.when, isOneOf('destination-ip', own)]
      return [{ ...way, chain: `${way.chain}, own`, when, onLoopback: true }, way]
    }
    if (inbound === 'loopback') return [{ ...way, onLoopback: true }]
    const from = inbound.from === 'client' ? undefined : inbound.from[family]
    const original = from === undefined ? way : { ...way, cluster: `${route.name} from ${from}`, from }
    const ports = inbound.servicePorts === 'loopback' ? servicePorts(plan) : []
    if (ports.length === 0) return [original]
    const when = [...way.when, isOneOf('destination-port', ports)]
    return [{ ...way, chain: `${way.chain}, service port`, when, onLoopback: true }, original]
  })
}

/** The ports of the pod that services lead to. */
const servicePorts = ({ services, ...plan }: EnvoyPlan): number[] => [
  ...new Set(services.filter(({ to }) => isInPod(to, plan)).map(({ to }) => to.port)),
]

const isOf = (family: Family): Predicate => matches('destination-ip', family === 'ipv4' ? '[0-9.]+' : '.*:.*')

const isInPod = ({ address }: AddressPort, { podAddresses }: Pick<EnvoyPlan, 'podAddresses'>): boolean =>
  isLoopback(address) || podAddresses.includes(address)

/** Whether Envoy itself listens there. */
export const isOwn = (at: AddressPort, plan: Pick<EnvoyPlan, 'listeners' | 'podAddresses'>): boolean =>
  listeningPorts(plan.listeners).includes(at.port) && isInPod(at, plan)
