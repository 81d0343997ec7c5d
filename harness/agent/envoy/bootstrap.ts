import { type AddressPort, loopbackAddresses, wildcardAddresses } from '../../core/address.ts'
import { isRelay, type Listener, listeningPorts, type Relay, stationAt } from '../../flow/listener.ts'
import { accessLog, type Disposition, sentinelLog } from './access-log.ts'
import { dialledFrom, fixedCluster, nowhere, originalDestinationCluster } from './clusters.ts'
import { all, any, chooseChain, isOneOf, matches, type Predicate } from './matcher.ts'
import {
  answer,
  filterChain,
  listener,
  originalDestinationFilter,
  originalSourceFilter,
  pipe,
  setDestination,
  tcpProxy,
} from './listeners.ts'
import { type EnvoyPlan, isOwn, waysOn } from './passing-on.ts'
import { type Route, Routes } from './routes.ts'

/** Files and sockets of one Envoy. */
export interface EnvoyPaths {
  /** Where its access log goes. */
  log: string
  /** Its admin interface, to which what comes to the pod's admin port is passed on. */
  admin: string
  /** A connection to it is logged after everything that was logged before. */
  sentinel: string
  /** Who answers at the ports of one name that speak HTTP. */
  answering(who: string): string
}

/**
 * The bootstrap of an Envoy that stands where the mesh's would: listeners that restore the original destination and
 * pass connections on, outbound to there or to the service's endpoint, inbound to the application on loopback; and its
 * other ports. Those pass on to UNIX sockets, so that the access log tells of a connection to them at once, and not at
 * its end.
 */
export function makeBootstrap(plan: EnvoyPlan, paths: EnvoyPaths): object {
  const relays = plan.listeners.filter(isRelay)
  const own = plan.listeners.filter((at) => at.protocol === 'tcp' && at.speaks !== 'dns' && !isRelay(at))
  const names = [...new Set(own.map(stationAt))]
  const isAdmin = (who: string): boolean => own.some((at) => stationAt(at) === who && at.speaks === 'admin')
  const pathOf = (who: string): string => (isAdmin(who) ? paths.admin : paths.answering(who))
  const routes = new Routes(relays.map(({ name }) => name))
  return {
    node: { id: 'sidetrack', cluster: 'sidetrack' },
    admin: { address: pipe(paths.admin) },
    static_resources: {
      listeners: [
        ...relays.map((relay) => capturing(relay, routes, plan, paths)),
        ...own.map((at) => passingOn(at, plan, paths)),
        ...names.filter((who) => !isAdmin(who)).map((who) => answering(who, paths)),
        {
          name: 'sentinel',
          address: pipe(paths.sentinel),
          filter_chains: [filterChain('sentinel', [tcpProxy(nowhere, [sentinelLog(paths.log)], {})])],
        },
      ],
      clusters: [
        ...relays.flatMap((relay) => routes.of(relay.name).flatMap((route) => clustersOf(relay, route, plan))),
        ...names.map((who) => fixedCluster(who, [pipe(pathOf(who))])),
        fixedCluster(nowhere, []),
      ],
    },
  }
}

/** A port that rules send nothing to. */
function passingOn(at: Listener, { families }: EnvoyPlan, { log }: EnvoyPaths): object {
  const who = stationAt(at)
  const isOneAddress = at.on !== 'any' && at.on !== 'loopback'
  const addresses = isOneAddress
    ? [at.on]
    : families.map((family) => (at.on === 'any' ? wildcardAddresses : loopbackAddresses)[family])
  const chain = filterChain(who, [tcpProxy(who, [accessLog(log, who, 'on', who)])])
  return { ...listener(`${who}-${at.port}`, at.port, addresses), filter_chains: [chain] }
}

/** Who answers at it. */
function answering(who: string, paths: EnvoyPaths): object {
  return {
    name: `answering as ${who}`,
    address: pipe(paths.answering(who)),
    filter_chains: [filterChain(who, [answer(who)])],
  }
}

type Served = { at: AddressPort; to: AddressPort; name: string; isOwn: boolean }

/** The addresses that a listener passes on to an endpoint of their own. */
function servicesOf({ captures }: Relay, { services, ...plan }: EnvoyPlan): Served[] {
  return captures === 'inbound'
    ? []
    : services.map((service, index) => ({ ...service, name: `service ${index}`, isOwn: isOwn(service.to, plan) }))
}

function clustersOf(relay: Relay, route: Route, plan: EnvoyPlan): object[] {
  const ways = new Map(waysOn(relay, route, plan).map((way) => [way.cluster, way]))
  return [
    ...[...ways.values()].map(({ cluster, from }) => ({
      ...originalDestinationCluster(cluster),
      ...dialledFrom(route, from),
    })),
    ...servicesOf(relay, plan).map(({ name, to }) => ({
      ...fixedCluster(`${route.name}, ${name}`, [to]),
      ...dialledFrom(route),
    })),
  ]
}

/** A listener that rules send connections to. */
function capturing(relay: Relay, routing: Routes, plan: EnvoyPlan, paths: EnvoyPaths): object {
  const { name: at, port, captures } = relay
  const { families } = plan
  const proxy = (cluster: string, disposition: Disposition): object =>
    tcpProxy(cluster, [accessLog(paths.log, at, disposition, cluster)])
  const routes = routing.of(at)
  const passedOn = routes.flatMap((route) => waysOn(relay, route, plan))
  const original = captures === 'inbound' && plan.dialsOn.inbound !== 'loopback' ? plan.dialsOn.inbound : undefined
  const served = routes.flatMap((route) =>
    servicesOf(relay, plan).map(({ at: { address, port }, name, isOwn }) => ({
      when: all([...routing.cameBy(route), isOneOf('destination-ip', [address]), isOneOf('destination-port', [port])]),
      chain: isOwn ? 'self' : `${route.name}, ${name}`,
    })),
  )
  return {
    ...listener(
      at,
      port,
      families.map((family) => wildcardAddresses[family]),
    ),
    stat_prefix: at,
    ...(relay.transparent && { transparent: true }),
    listener_filters: [
      originalDestinationFilter,
      ...(original?.from === 'client' ? [originalSourceFilter(original.mark)] : []),
    ],
    filter_chain_matcher: chooseChain([
      { when: matches('source-port', routing.loopPattern(at)), chain: 'looped' },
      ...served,
      { when: isToItself(relay, plan), chain: 'self' },
      ...passedOn.map(({ route, when, chain }) => ({ when: all([...routing.cameBy(route), ...when]), chain })),
    ]),
    filter_chains: [
      ...served.filter(({ chain }) => chain !== 'self').map(({ chain }) => filterChain(chain, [proxy(chain, 'on')])),
      ...passedOn.map(({ family, chain, cluster, onLoopback }) =>
        filterChain(chain, [...(onLoopback ? [setDestination(family)] : []), proxy(cluster, 'on')]),
      ),
      filterChain('looped', [proxy(nowhere, 'looped')]),
      filterChain('self', [proxy(nowhere, 'self')]),
    ],
  }
}

/** Whether a connection would be passed on to one of the proxy's own ports; on loopback, whatever the address. */
function isToItself({ captures }: Relay, { listeners, podAddresses, dialsOn }: EnvoyPlan): Predicate {
  const isOwnPort = isOneOf('destination-port', listeningPorts(listeners))
  if (captures === 'inbound' && dialsOn.inbound === 'loopback') return isOwnPort
  return all([
    isOwnPort,
    any([isOneOf('destination-ip', ['::1', ...podAddresses]), matches('destination-ip', '127\\..*')]),
  ])
}
