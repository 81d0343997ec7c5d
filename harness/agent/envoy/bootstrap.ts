import { type AddressPort, type Family, isLoopback, loopbackAddresses, wildcardAddresses } from '../../core/address.ts'
import type { Listener } from '../../flow/verdict.ts'
import type { ProxyPlan } from '../protocol.ts'
import { accessLog, type Ending, sentinelLog } from './access-log.ts'
import { dialledFrom, fixedCluster, nowhere, originalDestinationCluster } from './clusters.ts'
import { all, any, chooseChain, isOneOf, matches, type Predicate } from './matcher.ts'
import { answer, filterChain, listener, originalDestinationFilter, pipe, setDestination, tcpProxy } from './listeners.ts'
import { cameBy, loopPattern, type Route, routesOf } from './routes.ts'

/** Files and sockets of one Envoy. */
export interface EnvoyPaths {
  /** Where its access log goes. */
  log: string
  /** Its admin interface, to which what comes to the pod's admin port is passed on. */
  admin: string
  /** A connection to it is logged after everything that was logged before. */
  sentinel: string
  /** Who answers at the metrics and at the probe ports. */
  metrics: string
  probe: string
}

/** What one pod's Envoy is for. */
export interface EnvoyPlan extends Pick<ProxyPlan, 'families' | 'ports' | 'services'> {
  podAddresses: readonly string[]
}

const everyone = { 'envoy-admin': 'admin', 'envoy-metrics': 'metrics', 'envoy-probe': 'probe' } as const
type Answering = keyof typeof everyone

/**
 * The bootstrap of an Envoy that stands where the mesh's would: two listeners that restore the original destination and pass
 * connections on, outbound to there or to the service's endpoint, inbound to the application on loopback; and its own ports.
 * Those pass on to UNIX sockets, so that the access log tells of a connection to them at once, and not at its end.
 */
export function makeBootstrap(plan: EnvoyPlan, paths: EnvoyPaths): object {
  const { ports, families } = plan
  const anywhere = families.map((family) => wildcardAddresses[family])
  const loopback = families.map((family) => loopbackAddresses[family])
  const own = (who: Answering, port: number, addresses: readonly string[]): object => ({
    ...listener(`${who}-${port}`, port, addresses),
    filter_chains: [filterChain(who, [tcpProxy(who, [accessLog(paths.log, who, 'on', who)])])],
  })
  const answering = (who: Answering): object => ({
    name: `answering as ${who}`,
    address: pipe(paths[everyone[who]]),
    filter_chains: [filterChain(who, [answer(who)])],
  })
  return {
    node: { id: 'sidetrack', cluster: 'sidetrack' },
    admin: { address: pipe(paths.admin) },
    static_resources: {
      listeners: [
        capturing('outbound', plan, paths),
        capturing('inbound', plan, paths),
        own('envoy-admin', ports.admin, loopback),
        own('envoy-metrics', ports.metrics, anywhere),
        ...ports.probes.map((port) => own('envoy-probe', port, anywhere)),
        answering('envoy-metrics'),
        answering('envoy-probe'),
        {
          name: 'sentinel',
          address: pipe(paths.sentinel),
          filter_chains: [filterChain('sentinel', [tcpProxy(nowhere, [sentinelLog(paths.log)], {})])],
        },
      ],
      clusters: [
        ...(['outbound', 'inbound'] as const).flatMap((at) => routesOf(at).flatMap((route) => clustersOf(route, plan))),
        ...(Object.keys(everyone) as Answering[]).map((who) => fixedCluster(who, [pipe(paths[everyone[who]])])),
        fixedCluster(nowhere, []),
      ],
    },
  }
}

/** The addresses that a route passes on to an endpoint of their own. */
function servicesOf({ at }: Route, { services, ...plan }: EnvoyPlan): { at: AddressPort; to: AddressPort; name: string; isOwn: boolean }[] {
  return at === 'inbound'
    ? []
    : services.map((service, index) => ({ ...service, name: `service ${index}`, isOwn: isOwn(service.to, plan) }))
}

function isOwn({ address, port }: AddressPort, { ports, podAddresses }: Pick<EnvoyPlan, 'ports' | 'podAddresses'>): boolean {
  return ownPorts(ports).includes(port) && (isLoopback(address) || podAddresses.includes(address))
}

const ownPorts = ({ outbound, inbound, admin, metrics, probes }: EnvoyPlan['ports']): number[] => [
  ...[outbound, inbound, admin, metrics],
  ...probes,
]

function clustersOf(route: Route, plan: EnvoyPlan): object[] {
  const from = dialledFrom(route)
  return [
    { ...originalDestinationCluster(route.name), ...from },
    ...servicesOf(route, plan).map(({ name, to }) => ({ ...fixedCluster(`${route.name}, ${name}`, [to]), ...from })),
  ]
}

/** A listener that rules send connections to. */
function capturing(at: Listener, plan: EnvoyPlan, paths: EnvoyPaths): object {
  const { families, ports } = plan
  const proxy = (cluster: string, ending: Ending): object => tcpProxy(cluster, [accessLog(paths.log, at, ending, cluster)])
  const routes = routesOf(at)
  const passedOn = routes.flatMap((route) =>
    families.map((family) => ({ route, family, when: [...cameBy(route), isOf(family)], chain: `${route.name}, ${family}` })),
  )
  const served = routes.flatMap((route) =>
    servicesOf(route, plan).map(({ at: { address, port }, name, isOwn }) => ({
      when: all([...cameBy(route), isOneOf('destination-ip', [address]), isOneOf('destination-port', [port])]),
      chain: isOwn ? 'self' : `${route.name}, ${name}`,
    })),
  )
  return {
    ...listener(
      at,
      ports[at],
      families.map((family) => wildcardAddresses[family]),
    ),
    stat_prefix: at,
    listener_filters: [originalDestinationFilter],
    filter_chain_matcher: chooseChain([
      { when: matches('source-port', loopPattern(at)), chain: 'looped' },
      ...served,
      { when: isToItself(at, plan), chain: 'self' },
      ...passedOn.map(({ when, chain }) => ({ when: all(when), chain })),
    ]),
    filter_chains: [
      ...served.filter(({ chain }) => chain !== 'self').map(({ chain }) => filterChain(chain, [proxy(chain, 'on')])),
      ...passedOn.map(({ route, family, chain }) =>
        filterChain(chain, [...(at === 'inbound' ? [setDestination(family)] : []), proxy(route.name, 'on')]),
      ),
      filterChain('looped', [proxy(nowhere, 'looped')]),
      filterChain('self', [proxy(nowhere, 'self')]),
    ],
  }
}

const isOf = (family: Family): Predicate => matches('destination-ip', family === 'ipv4' ? '[0-9.]+' : '.*:.*')

/** Whether a connection would be passed on to one of the proxy's own ports; inbound passes everything on to loopback. */
function isToItself(at: Listener, { ports, podAddresses }: EnvoyPlan): Predicate {
  const isOwnPort = isOneOf('destination-port', ownPorts(ports))
  if (at === 'inbound') return isOwnPort
  return all([isOwnPort, any([isOneOf('destination-ip', ['::1', ...podAddresses]), matches('destination-ip', '127\\..*')])])
}
