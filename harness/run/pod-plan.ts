import type { AppPlan, FlowPlan, PeerPlan } from '../agent/protocol.ts'
import { type AddressPort, familyOf, formatAddressPort, isLoopback } from '../core/address.ts'
import type { Flow } from '../flow/flow.ts'
import { type Credentials, credentialsOf } from '../flow/identity.ts'
import { dnsPort, listeningPorts } from '../flow/listener.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { App } from '../flow/topology.ts'
import type { Profile } from '../mesh/profile.ts'
import type { Check } from './check.ts'
import { planInitContainers } from './init-containers.ts'
import type { JobPlan } from './job-plan.ts'
import type { PodJob } from './pod-job.ts'
import { routingBeside } from './policy-routing.ts'
import { drawSourcePorts } from './source-ports.ts'
import type { Surroundings } from './surroundings.ts'

type FlowCheck = Check & { flow: Flow; credentials: Credentials }

export const hasFlow = (check: Check): check is FlowCheck => check.flow !== undefined

/**
 * A job with nothing symbolic left in it.
 * @param skip how many source ports the jobs before it have had.
 */
export function planPod(job: PodJob, surroundings: Surroundings, rules: readonly RuleText[], skip = 0): JobPlan {
  const { scenario, backend, profile, proxy, checks, envoy, keepEvidence, initContainers } = job
  const { families, listeners, dialsOn } = profile
  const { loopbackAddresses, ...routing } = routingBeside(rules, profile.beside)
  const { links, inner, services, closed } = surroundings
  const leading = [...scenario.flows, ...questionsOf(profile)]
  const pod = {
    links,
    ...(inner && { inner }),
    ...(loopbackAddresses.length > 0 && { loopback: loopbackAddresses }),
    backend,
    proxy: {
      credentials: proxy,
      state: scenario.proxy,
      families,
      listeners,
      dialsOn,
      services: [...services],
      ...(envoy && { envoy }),
    },
    apps: planApps(scenario.apps, leading, profile, proxy, surroundings),
    peers: planPeers(leading, surroundings),
    ...(keepEvidence && { keepsEvidence: true as const }),
  }
  const texts = Array.from({ length: scenario.applyTimes }, () => rules).flat()
  const plan = {
    pod,
    rules: texts,
    ...(routing.rules.length + routing.routes.length > 0 && { routing }),
    ...(initContainers && { initContainers: planInitContainers(job, surroundings, texts) }),
    flows: checks.filter(hasFlow).map((check) => planFlow(check, surroundings)),
  }
  return drawSourcePorts(plan, { skip, closed: closed.map(({ port }) => port) })
}

/** What the proxy asks servers of names, whatever a scenario's flows are. */
function questionsOf({ dialsOn, proxy }: Profile): { flow: Flow }[] {
  return (dialsOn.dns?.servers ?? []).flatMap((address) =>
    (['tcp', 'udp'] as const).map((protocol) => ({
      flow: {
        identity: proxy,
        origin: { kind: 'pod' },
        protocol,
        destination: { kind: 'literal', family: familyOf(address) ?? 'ipv4', address, port: dnsPort },
      },
    })),
  )
}

function planFlow({ flow, credentials, family }: FlowCheck, surroundings: Surroundings): FlowPlan {
  const { origin, protocol, source, bindToDevice, mark, transparent, conversation } = flow
  const destination = surroundings.resolve(flow.destination, family)
  if (destination === undefined) throw new Error('a check of a family that its destination does not have')
  return {
    credentials,
    origin,
    protocol,
    family,
    destination,
    ...(source && { source }),
    ...(bindToDevice && { bindToDevice }),
    ...(mark !== undefined && { mark }),
    ...(transparent && { transparent }),
    ...(conversation && { conversation }),
  }
}

/** The declared applications, and one on every other port of the pod that a flow leads to, unless it is closed or the proxy's. */
function planApps(
  declared: readonly App[],
  flows: readonly { flow: Flow }[],
  profile: Profile,
  proxy: Credentials,
  surroundings: Surroundings,
): AppPlan[] {
  const ownPorts = listeningPorts(profile.listeners)
  const apps: App[] = [...declared]
  for (const protocol of ['tcp', 'udp'] as const) {
    const closedPorts = surroundings.closed.filter(({ address }) => surroundings.isInPod(address)).map(({ port }) => port)
    for (const { endpoint, flow } of surroundings.destinationsOf(flows, protocol)) {
      const { address, port } = endpoint
      // What a peer sends to an address of the pod's is for the pod even where the address is also a loopback one.
      const isElsewhere = !surroundings.isInPod(address) || (flow.origin.kind === 'peer' && isLoopback(address))
      const isTaken = apps.some((app) => app.protocol === protocol && app.port === port)
      if (isElsewhere || isTaken || closedPorts.includes(port) || ownPorts.includes(port)) continue
      apps.push({ port, protocol, bind: 'any', identity: 'app' })
    }
  }
  const conversations = conversationsOf(flows, surroundings)
  return apps.flatMap(({ port, protocol, bind, identity }) =>
    addressesOf(bind, protocol, port, flows, surroundings).map((address) => ({
      protocol,
      address,
      port,
      credentials: credentialsOf(identity, proxy),
      ...(protocol === 'tcp' && conversations.get(port)),
    })),
  )
}

/** TCP takes one socket for every address; UDP needs one for each, since a wildcard socket cannot tell what it was sent to. */
function addressesOf(
  bind: App['bind'],
  protocol: App['protocol'],
  port: number,
  flows: readonly { flow: Flow }[],
  surroundings: Surroundings,
): string[] {
  if (bind === 'pod') return [surroundings.pod('eth0', 'ipv4'), surroundings.pod('eth0', 'ipv6')]
  if (bind === 'lo') return ['127.0.0.1', '::1']
  if (bind !== 'any') return [bind]
  if (protocol === 'tcp') return ['::']
  const dialled = surroundings
    .destinationsOf(flows, 'udp')
    .flatMap(({ endpoint }) => (endpoint.port === port && surroundings.isInPod(endpoint.address) ? [endpoint.address] : []))
  return [...new Set(['127.0.0.1', '::1', ...surroundings.podAddresses, ...dialled])]
}

/** Every peer answers whatever a flow leads to outside the pod, unless it is closed: which peer a packet reaches is for the rules and routes to say. */
function planPeers(flows: readonly { flow: Flow }[], surroundings: Surroundings): PeerPlan[] {
  const isOutside = ({ endpoint }: { endpoint: AddressPort }): boolean => !surroundings.isInPod(endpoint.address)
  const tcp = surroundings
    .destinationsOf(flows, 'tcp')
    .filter(isOutside)
    .map(({ endpoint }) => endpoint)
  const udp = surroundings
    .destinationsOf(flows, 'udp')
    .filter(isOutside)
    .map(({ endpoint }) => endpoint)
  const conversations = conversationsOf(flows, surroundings)
  const partlyClosed = new Set(tcp.filter((endpoint) => surroundings.isClosed(endpoint)).map(({ port }) => port))
  const open = tcp
    .filter((endpoint) => !surroundings.isClosed(endpoint))
    .map(({ address, port }) => ({ address: partlyClosed.has(port) ? address : '::', port, ...conversations.get(port) }))
  const peer = { tcp: unique(open), udp: unique(udp.filter((endpoint) => !surroundings.isClosed(endpoint))) }
  return surroundings.links.map(({ name }) => ({ interface: name, ...peer }))
}

function conversationsOf(
  flows: readonly { flow: Flow }[],
  surroundings: Surroundings,
): Map<number, { conversation: NonNullable<Flow['conversation']> }> {
  const talking = flows.filter(({ flow }) => flow.conversation !== undefined)
  return new Map(
    surroundings
      .destinationsOf(talking, 'tcp')
      .flatMap(({ endpoint, flow }) => (flow.conversation === undefined ? [] : [[endpoint.port, { conversation: flow.conversation }]])),
  )
}

function unique<T extends AddressPort>(endpoints: readonly T[]): T[] {
  return [...new Map(endpoints.map((endpoint) => [formatAddressPort(endpoint), endpoint])).values()]
}
