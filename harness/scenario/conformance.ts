import { fileURLToPath } from 'node:url'
import { families, type Family, isLoopback } from '../core/address.ts'
import type { Endpoint } from '../flow/endpoint.ts'
import { formatFlow, type Flow, type Protocol } from '../flow/flow.ts'
import type { Credentials, Identity } from '../flow/identity.ts'
import { type Capturing, isCapturing, listeningPorts, stationAt } from '../flow/listener.ts'
import type { Expected, Receiver } from '../flow/verdict.ts'
import type { Profile } from '../mesh/profile.ts'
import { parseEndpoint } from './endpoint-text.ts'
import type { ExpectedFlow, Scenario } from './scenario.ts'

const location = { file: fileURLToPath(import.meta.url), line: 1 }

/** What the command line calls the set. */
export const conformanceName = 'conformance'

/** Whether a scenario of this file is one of the set, so that it is known by the set's name alone. */
export const isConformance = (file: string): boolean => file === location.file

const outside: Readonly<Record<Family, string>> = { ipv4: '203.0.113.10', ipv6: '[2001:db8::10]' }
const services: Readonly<Record<Family, string>> = { ipv4: '10.96.0.10:80', ipv6: '[fd00:96::10]:80' }

/** A port of the pod's that no mesh has a use for. */
const appPort = 8080

/** What a scenario of the set lacks of a whole one. */
interface Part {
  title: string
  flows: readonly (readonly [flow: Flow, expected: Expected])[]
  services?: Scenario['services']
  families?: readonly Family[]
}

/**
 * What any mesh's rules promise under an empty config, derived from its profile alone: capture both ways, whom it spares, what it leaves
 * alone and the neighbours of that, loopback, the pod's own address, loops, UDP, ICMP, the family without rules, and DNS where there is
 * one. A mesh's own scenarios say more.
 */
export function conformanceOf(profile: Profile): Scenario[] {
  const parts = [
    ...capture(profile),
    spared(profile),
    ...exempt(profile),
    loopback(profile),
    ...ownAddress(profile),
    ...loops(profile),
    otherProtocols(profile),
    ...otherFamily(profile),
    ...dns(profile),
  ]
  const { release } = profile
  const releases = release === '' ? {} : { from: release, to: release }
  return parts.flatMap(({ title, flows, services: served = [], families: own = profile.families }) => {
    const unique = new Map(flows.map(([flow, expected]): [string, ExpectedFlow] => [formatFlow(flow), { flow, expected, location }]))
    if (unique.size === 0) return []
    const scenario: Scenario = {
      ...{ title, location, mesh: profile.mesh, rules: { kind: 'config', config: {}, podAnnotations: {} }, releases, applyTimes: 1 },
      ...{ interfaces: [], apps: [], services: served, closed: [], proxy: 'up', inner: false, podIPs: families, families: own },
      ...{ tags: ['conformance'], flows: [...unique.values()] },
    }
    return [scenario]
  })
}

function flow(identity: Identity, protocol: Protocol, destination: string | Endpoint): Flow {
  const to = typeof destination === 'string' ? parseEndpoint(destination, protocol !== 'icmp') : destination
  return { identity, origin: identity === 'remote' ? { kind: 'peer', interface: 'eth0' } : { kind: 'pod' }, protocol, destination: to }
}

const direct: Expected = { verdict: 'direct' }

/** What captures in a direction under an empty config; the first where there are several. */
function captor({ listeners, onlyConfigured = [] }: Profile, what: 'outbound' | 'inbound'): Capturing | undefined {
  return onlyConfigured.includes(what) ? undefined : listeners.filter(isCapturing).find(({ captures }) => captures === what)
}

/** What becomes of a connection that nothing exempts. */
function captured(profile: Profile, what: 'outbound' | 'inbound'): Expected {
  const listener = captor(profile, what)
  return listener === undefined ? direct : { verdict: 'redirected', listener: listener.name }
}

/** Destinations outside, of every family that the rules are for. */
const farAway = ({ families: own }: Profile, port: number): string[] => own.map((family) => `${outside[family]}:${port}`)

function capture(profile: Profile): Part[] {
  const [out, into] = [captured(profile, 'outbound'), captured(profile, 'inbound')]
  const said = (what: string, is: Expected): string => `${what} TCP is ${is.verdict === 'direct' ? 'let through' : 'captured'} by default`
  return [
    {
      title: said('outbound', out),
      flows: [...farAway(profile, 80), ...farAway(profile, 65_535), 'peer:443'].flatMap((to) =>
        (['app', 'root'] as const).map((who) => [flow(who, 'tcp', to), out] as const),
      ),
    },
    { title: said('inbound', into), flows: [1, appPort, 65_535].map((port) => [flow('remote', 'tcp', `pod:${port}`), into] as const) },
  ]
}

/** Somebody with these IDs and nothing else that rules could ask for. */
const somebody = (uid: number, gid: number): Credentials => ({ uid, gid, groups: [] })

function spared(profile: Profile): Part {
  const { proxy, spares } = profile
  const isSpared = ({ uid, gid }: Credentials): boolean => spares.uids.includes(uid) || spares.gids.includes(gid)
  const others = [
    ...spares.uids.flatMap((uid) => [uid - 1, uid + 1].map((near) => somebody(near, 1000))),
    ...spares.gids.flatMap((gid) => [gid - 1, gid + 1].map((near) => somebody(1000, near))),
  ].filter((who) => who.uid >= 0 && who.gid >= 0 && !isSpared(who))
  const own: Identity[] = ['proxy', ...spares.uids.map((uid) => somebody(uid, 1000)), ...spares.gids.map((gid) => somebody(1000, gid))]
  const out = captured(profile, 'outbound')
  return {
    title: `what is spared passes (the proxy as ${proxy.uid}:${proxy.gid}), and its neighbours do not`,
    flows: farAway(profile, 80).flatMap((to) => [
      ...own.map((who) => [flow(who, 'tcp', to), direct] as const),
      ...others.map((who) => [flow(who, 'tcp', to), out] as const),
    ]),
  }
}

/** Ports with those beside them; what listens there, or is exempt as well, is nobody's neighbour. */
const neighbours = (ports: readonly number[], taken: readonly number[]): number[] =>
  [...new Set(ports.flatMap((port) => [port - 1, port + 1]))].filter((port) => port > 0 && port < 65_536 && !taken.includes(port))

function exempt(profile: Profile): Part[] {
  const { leftAlone, listeners } = profile
  const own = listeningPorts(listeners)
  const ownerOf = (port: number): Receiver | undefined | 'nobody' => {
    const listener = listeners.find((each) => each.port === port && each.protocol === 'tcp')
    if (listener === undefined) return undefined
    if (listener.on === 'loopback' || isLoopback(listener.on)) return 'nobody'
    return isCapturing(listener) ? `envoy-${listener.name}` : (stationAt(listener) as Receiver)
  }
  const inbound = leftAlone.inbound.flatMap((port) => {
    const owner = ownerOf(port)
    const expected: Expected =
      owner === 'nobody'
        ? { verdict: 'refused', refusedBy: 'pod' }
        : owner === undefined
          ? direct
          : { verdict: 'direct', answeredBy: owner }
    return [[flow('remote', 'tcp', `pod:${port}`), expected] as const]
  })
  const near = neighbours(leftAlone.inbound, [...leftAlone.inbound, ...own])
  const into = captured(profile, 'inbound')
  const out = captured(profile, 'outbound')
  const far = neighbours(leftAlone.outbound, leftAlone.outbound)
  return [
    {
      title: 'exempt inbound ports are left alone, and their neighbours are not',
      flows: [...inbound, ...near.map((port) => [flow('remote', 'tcp', `pod:${port}`), into] as const)],
    },
    {
      title: 'exempt outbound ports are left alone, and their neighbours are not',
      flows: [
        ...leftAlone.outbound.flatMap((port) => farAway(profile, port).map((to) => [flow('app', 'tcp', to), direct] as const)),
        ...far.flatMap((port) => farAway(profile, port).map((to) => [flow('app', 'tcp', to), out] as const)),
      ],
    },
    {
      title: 'exempt destinations are left alone',
      flows: (leftAlone.ranges ?? []).map((range) => {
        const address = range.slice(0, range.lastIndexOf('/'))
        return [flow('app', 'tcp', address.includes(':') ? `[${address}]:80` : `${address}:80`), direct] as const
      }),
    },
  ]
}

function loopback(profile: Profile): Part {
  const who = ['app', 'root', 'proxy'] as const
  return {
    title: 'loopback is left alone',
    flows: who.map((each) => [flow(each, 'tcp', `lo:${appPort}`), direct] as const),
    families: profile.families,
  }
}

function ownAddress(profile: Profile): Part[] {
  const { ownAddress: own } = profile
  if (own === undefined) return []
  const fate = (what: 'direct' | 'outbound' | 'inbound'): Expected => (what === 'direct' ? direct : captured(profile, what))
  const to = `pod:${appPort}`
  return [
    {
      title: "the pod's own address",
      flows: [
        [flow('app', 'tcp', to), fate(own.app)],
        [flow('proxy', 'tcp', to), fate(own.proxy)],
      ],
    },
  ]
}

/** A service whose only endpoint is the pod itself: what the proxy dials on comes back to it, and must not go round again. */
function loops(profile: Profile): Part[] {
  const out = captured(profile, 'outbound')
  if (out.verdict === 'direct') return []
  const [endpoint] = [parseEndpoint(`pod:${appPort}`, true)]
  return [
    {
      title: 'a service of the pod itself is reached without a loop',
      services: profile.families.map((family) => ({ at: parseEndpoint(services[family], true), to: endpoint })),
      flows: profile.families.map((family) => [flow('app', 'tcp', services[family]), out] as const),
    },
  ]
}

function otherProtocols(profile: Profile): Part {
  return {
    title: 'UDP and ICMP are left alone',
    flows: [
      ...[...farAway(profile, 443), 'peer:5000', `pod:${appPort}`].map((to) => [flow('app', 'udp', to), direct] as const),
      [flow('remote', 'udp', `pod:${appPort}`), direct],
      ...['peer', 'pod', ...profile.families.map((family) => outside[family].replace(/[[\]]/g, ''))].map(
        (to) => [flow('app', 'icmp', to), direct] as const,
      ),
      [flow('remote', 'icmp', 'pod'), direct],
    ],
  }
}

function otherFamily(profile: Profile): Part[] {
  return families
    .filter((family) => !profile.families.includes(family))
    .map((family) => ({
      title: `${family} is left alone`,
      families: [family],
      flows: [
        [flow('app', 'tcp', `${outside[family]}:80`), direct],
        [flow('app', 'tcp', 'peer:443'), direct],
        [flow('remote', 'tcp', `pod:${appPort}`), direct],
        [flow('app', 'tcp', `pod:${appPort}`), direct],
      ],
    }))
}

/** Queries go from the listener to whom the proxy asks, or nowhere: then it answers by itself. */
function dns(profile: Profile): Part[] {
  const { listeners, dialsOn, dnsServers, onlyConfigured = [] } = profile
  const found = onlyConfigured.includes('dns') ? [] : listeners.filter(({ captures }) => captures === 'dns')
  if (found.length === 0) return []
  const asks = dialsOn.dns !== undefined && dialsOn.dns.servers.length > 0
  const captured = (name: string): Expected => ({ verdict: 'redirected', listener: name, ...(!asks && { then: [] }) })
  if (dnsServers === undefined)
    return [
      {
        title: 'DNS is captured, but for the proxy',
        flows: found.flatMap(({ name, protocol }) =>
          farAway(profile, 53).flatMap((to) => [
            [flow('app', protocol, to), captured(name)] as const,
            [flow('proxy', protocol, to), direct] as const,
          ]),
        ),
      },
    ]
  return [
    {
      title: `DNS to ${dnsServers.join(' and ')} is captured, and to no other server`,
      flows: [
        ...found.flatMap(({ name, protocol }) =>
          dnsServers.map(
            (server) => [flow('app', protocol, server.includes(':') ? `[${server}]:53` : `${server}:53`), captured(name)] as const,
          ),
        ),
        ...farAway(profile, 53).map((to) => [flow('app', 'udp', to), direct] as const),
      ],
    },
  ]
}
