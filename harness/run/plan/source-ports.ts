import { envoyPorts } from '../../agent/envoy/routes.ts'
import type { DrivenFlow, FlowPlan, RulesPlan } from '../../agent/protocol.ts'
import type { PodPlan, ProxyPlan } from '../../flow/pod-plan.ts'
import { HarnessError } from '../../core/errors.ts'
import {
  clientPorts,
  countPorts,
  hasAllClientPorts,
  overlap,
  type PortRange,
  portsOf,
  slicePorts,
  withoutPorts,
} from '../../core/port-range.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { portsNamedBy } from './named-ports.ts'

/** A plan that only lacks the ports that flows and the proxy send from. */
export interface PortlessPlan extends RulesPlan {
  pod: Omit<PodPlan, 'proxy'> & { proxy: Omit<ProxyPlan, 'dialPorts'> }
  flows: readonly FlowPlan[]
}

/**
 * Ports below are for servers: nat translates a low port to a low one alone (nf_nat_l4proto_unique_tuple in
 * nf_nat_core.c).
 */
const all: PortRange = { first: 1024, last: 65535 }

/** Flows of all pods of a run take theirs, in turn, from this many ports; the proxy takes the rest. */
const probeWindow = 14_000
/** With fewer, the proxy would soon reuse ports. */
const fewestDialPorts = 1024
const mostDialPorts = 30_000

/**
 * Chooses what every flow is sent from that names no port of its own, and what the proxy dials on from: ports that no
 * rule asks for or translates to, that nobody listens on and no flow leads to. So a rule about port 40000 is about that
 * port, and never by chance about a probe. A range that holds all ordinary clients' ports holds the probes' as well.
 * Where the rules leave too few, ports are taken that as few of them as possible name.
 * @param skip how many of the ports others have had that may be remembered.
 * @throws HarnessError (`input`) where a pod has more flows than ports.
 */
export function drawSourcePorts({ pod, flows: portless, ...rules }: PortlessPlan, skip = 0): JobPlan {
  const texts = [...new Set([...rules.rules, ...pod.peers.flatMap(({ rules = [] }) => rules)])]
  const named = texts.flatMap((text) => portsNamedBy(text, pod.backend))
  const wanted = portless.filter(({ source }) => source?.port === undefined).length
  const { probes, dialPorts } = draw(named, [...new Set(portsIn(pod, portless))], wanted, skip)
  const free = probes.values()
  const flows = portless.map(({ source, ...flow }): DrivenFlow => {
    if (source?.port !== undefined) return { ...flow, source: { ...source, port: source.port }, alone: true }
    return { ...flow, source: { ...source, port: free.next().value ?? 0 } }
  })
  // A real Envoy has ports of its own, which say what a connection has been through.
  const representative = pod.proxy.envoy === undefined ? dialPorts.representative : envoyPorts
  return { ...rules, pod: { ...pod, proxy: { ...pod.proxy, dialPorts: { ...dialPorts, representative } } }, flows }
}

/** Every port that the pod itself has a use for. */
function portsIn(
  { apps, peers, closed, proxy: { listeners, services } }: PortlessPlan['pod'],
  flows: readonly FlowPlan[],
): number[] {
  return [
    ...listeners.map(({ port }) => port),
    ...services.flatMap(({ at, to }) => [at.port, to.port]),
    ...apps.map(({ port }) => port),
    ...peers.flatMap(({ tcp, udp }) => [...tcp, ...udp].map(({ port }) => port)),
    ...closed.map(({ port }) => port),
    ...flows.flatMap(({ source, destination }) => [destination.port, source?.port ?? 0]),
  ]
}

type Drawn = { probes: number[]; dialPorts: ProxyPlan['dialPorts'] }

function draw(named: readonly PortRange[], taken: readonly number[], wanted: number, skip: number): Drawn {
  const space = named.filter(hasAllClientPorts).reduce(overlap, all)
  const [below, above] = [
    { ...all, last: clientPorts.first - 1 },
    { ...all, first: clientPorts.last + 1 },
  ]
  const free = withoutPorts(
    [clientPorts, above, below].map((part) => overlap(part, space)),
    taken.map((port) => ({ first: port, last: port })),
  )
  const unnamed = withoutPorts(
    free,
    named.filter((range) => !hasAllClientPorts(range)),
  )
  const count = countPorts(unnamed)
  if (count < wanted + fewestDialPorts) return drawNamed(free, named, wanted)
  const window = Math.max(wanted, Math.min(probeWindow, Math.floor(count / 2)))
  const start = skip % window
  const round = [
    ...slicePorts(unnamed, start, Math.min(wanted, window - start)),
    ...slicePorts(unnamed, 0, wanted - (window - start)),
  ]
  return { probes: portsOf(round), dialPorts: dialPortsOf(slicePorts(unnamed, window, mostDialPorts)) }
}

/**
 * The rules name nearly every port: cells of ports of which every range holds all or none, those that fewest ranges
 * hold first.
 */
function drawNamed(free: readonly PortRange[], named: readonly PortRange[], wanted: number): Drawn {
  const naming = countNaming(named)
  const borders = [...new Set(named.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b)
  const cells = free
    .flatMap((range) => cut(range, borders))
    .toSorted((a, b) => (naming[a.first] ?? 0) - (naming[b.first] ?? 0))
  const probes = slicePorts(cells, 0, wanted)
  const left = withoutPorts(cells, probes)
  const largest = left.toSorted((a, b) => countPorts([b]) - countPorts([a]))[0]
  const best = left.find((cell) => countPorts([cell]) >= fewestDialPorts) ?? largest
  if (countPorts(probes) < wanted || best === undefined)
    throw new HarnessError('input', `a pod has no source ports for ${wanted} flows`, {
      hint: 'make several scenarios of it',
    })
  return { probes: portsOf(probes), dialPorts: dialPortsOf([best]) }
}

const dialPortsOf = (ranges: PortRange[]): ProxyPlan['dialPorts'] => ({
  ranges,
  representative: ranges[0] as PortRange,
})

/** How many ranges hold each port. */
function countNaming(ranges: readonly PortRange[]): Uint32Array {
  const change = new Int32Array(65538)
  for (const { first, last } of ranges) {
    change[first] = (change[first] ?? 0) + 1
    change[last + 1] = (change[last + 1] ?? 0) - 1
  }
  let count = 0
  return Uint32Array.from(change, (by) => (count += by))
}

/** @param borders where a new cell begins, upwards. */
function cut(range: PortRange, borders: readonly number[]): PortRange[] {
  const firsts = [range.first, ...borders.filter((port) => port > range.first && port <= range.last)]
  return firsts.map((first, index) => ({ first, last: (firsts[index + 1] ?? range.last + 1) - 1 }))
}
