import type { FlowPlan, Routing } from '../../harness/agent/protocol.ts'
import { families } from '../../harness/core/address.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import { credentialsOf } from '../../harness/flow/identity.ts'
import { type DialsOn, isRelay, type Listener, listeningPorts } from '../../harness/flow/listener.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { Profile } from '../../harness/mesh/profile.ts'
import type { JobPlan } from '../../harness/run/checks/job-plan.ts'
import { drawSourcePorts } from '../../harness/run/plan/source-ports.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'

const osm = findMesh('osm').profile('1.2')
export const podAddresses = PodAddresses.of({ interfaces: ['net1'], inner: true, services: [], closed: [] })

/** One ruleset, the flows that are sent through it, and whether the pod has an inner bridge, and so forwards. */
export interface Case {
  inner: boolean
  /** Whether the proxy's listeners take what TPROXY gives them. */
  transparent?: boolean
  rules: readonly RuleText[]
  routing?: Routing
  /** What its loopback interface has beside its own addresses. */
  beside?: readonly string[]
  /** How the proxy dials on; by default on loopback. Other addresses than the pod's are on lo. */
  inbound?: DialsOn['inbound']
  /** How its proxy dials on beside that. */
  dials?: Partial<DialsOn>
  /** Whom the proxy asks what it is asked at its listeners for DNS, port 15053 on loopback. */
  dns?: readonly string[]
  /**
   * Whose rules they are, where that is not OSM; the routing and the addresses on lo that go with them are the
   * profile's then.
   */
  profile?: Profile
  flows: readonly FlowPlan[]
}

/** Ports where somebody listens, in the pod and on its peers; 81 is nobody's. */
export const openPorts = [53, 80, 8080] as const
export const closedPort = 81

export const outside = {
  ipv4: ['203.0.113.10', '203.0.113.11', '198.51.100.1'],
  ipv6: ['2001:db8::10', '2001:db8:1::1'],
} as const
export const inPod = {
  ipv4: ['10.244.0.5', '10.245.0.5', '127.0.0.1', '127.0.0.2'],
  ipv6: ['fd00:10::5', 'fd00:11::5', '::1'],
} as const
export const peers = { ipv4: ['10.244.0.1', '10.245.0.77'], ipv6: ['fd00:10::1', 'fd00:11::77'] } as const

const app = credentialsOf('app', osm.proxy)

const asTransparent = (listener: Listener): Listener =>
  isRelay(listener) ? { ...listener, transparent: true } : listener

const dnsListeners = (['udp', 'tcp'] as const).map(
  (protocol): Listener => ({ name: 'dns', port: 15053, protocol, on: 'loopback', captures: 'dns', speaks: 'dns' }),
)

/** A pod with two interfaces, where everybody listens on the open ports. */
export function podPlan(
  backend: Backend,
  {
    inner: hasInner,
    transparent = false,
    rules,
    profile,
    routing,
    inbound,
    dns,
    dials,
    beside: more = [],
    flows,
  }: Case,
): JobPlan {
  const { links, inner } = podAddresses
  const { proxy, listeners, dialsOn: own, families: captured, beside } = profile ?? { ...osm, families }
  const dialsOn = { ...own, ...(inbound && { inbound }), ...(dns && { dns: { servers: dns } }), ...dials }
  const asked = profile?.dialsOn.dns?.servers ?? []
  const far = [...families.flatMap((family): string[] => [...outside[family], ...peers[family]]), ...asked]
  const near = families.flatMap((family) => inPod[family])
  const taken = listeningPorts(listeners)
  const onLo =
    typeof dialsOn.inbound === 'object' && dialsOn.inbound.from !== 'client' ? [dialsOn.inbound.from.ipv6] : []
  const loopback = [...more, ...(profile === undefined ? onLo : beside.loopbackAddresses)]
  const pod = {
    links,
    ...(inner && hasInner && { inner }),
    ...(loopback.length > 0 && { loopback }),
    backend,
    proxy: {
      credentials: proxy,
      state: 'up' as const,
      families: captured,
      listeners: [
        ...(transparent ? listeners.map(asTransparent) : listeners),
        ...(dns === undefined ? [] : dnsListeners),
      ],
      dialsOn,
      services: [],
    },
    apps: openPorts
      .filter((port) => !taken.includes(port))
      .flatMap((port) => [
        { protocol: 'tcp' as const, address: '::', port, credentials: app },
        ...near.map((address) => ({ protocol: 'udp' as const, address, port, credentials: app })),
      ]),
    peers: links.map(({ name }) => ({
      interface: name,
      tcp: openPorts.map((port) => ({ address: '::', port })),
      udp: [...new Set(far)].flatMap((address) => openPorts.map((port) => ({ address, port }))),
    })),
    // A flow may go where nobody listens, too.
    closed: flows.map(({ destination }) => destination),
  }
  const led = routing ?? (profile && { rules: beside.rules, routes: beside.routes })
  return drawSourcePorts({ pod, rules, ...(led && { routing: led }), flows })
}
