import { isLoopback } from '../core/address.ts'
import type { Hook } from '../flow/matched-rule.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { StatementOf } from '../netfilter/statement.ts'
import { type BaseChain, type Station, stationsAt } from '../netfilter/stations.ts'
import type { Connection } from './connection.ts'
import { type Packet, sameEnd } from './packet.ts'
import { isTracking } from './tracking.ts'
import { translate } from './translation.ts'
import { Unpredictable } from './unpredictable.ts'
import { type Fate, walkChains } from './walk.ts'
import type { Stage } from './stage.ts'
import type { Trail } from './trail.ts'
import type { World } from './world.ts'

/** Where a packet is once it has been through the pod's hooks. */
export type Arrival =
  /** In the pod, for its sockets. */
  | { at: 'pod' }
  /** On its way out by an interface. */
  | { at: 'wire'; device: string }
  /** A rule ended it, at a hook; `drop` also stands for what the kernel itself throws away. */
  | { at: 'drop'; hook: Hook }
  | { at: 'reject'; hook: Hook; statement: StatementOf<'reject'> }
  /** Its new way does not begin at an address of this sender's. */
  | { at: 'unroutable' }

/** What a packet goes through: rules, and what connection tracking knows of its connection. */
export interface Passage extends Trail {
  ruleset: Ruleset
  world: World
  connection: Connection
  stage: Stage
}

/**
 * A packet that a process of the pod, or the kernel, sends. Its ends are rewritten where a rule translates them.
 * @param bound the device that the sender's socket is bound to. @param chosen a device that the first route has to be by.
 */
export function sendFromPod(packet: Packet, passage: Passage, bound?: string, chosen?: string): Arrival {
  const { world } = passage
  const routed = packet.destination.address
  packet.out = chosen ?? world.route(routed, bound).device
  let device = packet.out
  const ended = passHook('OUTPUT', packet, passage, () => {
    // A new destination has a new route; a socket that is bound to a device stays on it.
    const { address } = packet.destination
    if (address !== routed) device = world.route(address, bound).device
    // No route leads out from a loopback address (__mkroute_output in net/ipv4/route.c); IPv6 leaves that to whom it reaches.
    if (packet.family !== 'ipv4' || device === 'lo' || !isLoopback(packet.source.address)) return undefined
    kernelEnds(passage, 'OUTPUT', `no route leads out by ${device} from the loopback address ${packet.source.address}`)
    return { at: 'unroutable' }
  })
  return ended ?? leave(packet, device, passage)
}

/** A packet that comes in by an interface. */
export function enterPod(packet: Packet, device: string, passage: Passage): Arrival {
  const { world } = passage
  packet.in = device
  delete packet.out
  packet.owner = 'nobody'
  const routed = packet.destination.address
  const ended = passHook('PREROUTING', packet, passage)
  if (ended !== undefined) return ended
  const { address } = packet.destination
  if (address === '::1' && device !== 'lo') throw new Unpredictable('the kernel may refuse or drop what comes by a wire for ::1')
  // Loopback addresses have no business on a wire (RFC 1122, 3.2.1.3), and route_localnet is off.
  if (device !== 'lo' && (isLoopback(address) || isLoopback(packet.source.address) || world.isLocal(packet.source.address)))
    return kernelDrops(passage, `nothing that is for a loopback address, or from one of the pod's own, may come in by ${device}`)
  // What went by loopback keeps its route, unless nat changes where it goes; then its source counts as well.
  if (device === 'lo' && packet.family === 'ipv4' && address !== routed && world.isLocal(packet.source.address))
    return kernelDrops(passage, `it has come in by lo from the pod itself, and its new destination has another route`)
  if (world.isLocal(address)) return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  // What TPROXY has given to a socket is not forwarded (ip_forward in net/ipv4/ip_forward.c).
  if (world.surrounding.inner === undefined || packet.socket !== undefined)
    return kernelDrops(passage, `${address} is no address of the pod's, and the pod forwards nothing there`)
  if (packet.hasOwnHopLimit) throw new Unpredictable('a rule sets how far it may still go, and the pod forwards it')
  const next = world.route(address).device
  packet.out = next
  return passHook('FORWARD', packet, passage) ?? leave(packet, next, passage)
}

/** Notes what the kernel does by itself, which no rule and no policy tells. */
function kernelEnds({ endings, steps, stage }: Passage, hook: Hook, why: string): void {
  endings.push({ hook, packet: stage, after: steps.length, why })
}

function kernelDrops(passage: Passage, why: string): Arrival {
  kernelEnds(passage, 'PREROUTING', why)
  return { at: 'drop', hook: 'PREROUTING' }
}

function leave(packet: Packet, device: string, passage: Passage): Arrival {
  packet.out = device
  delete packet.in
  const ended = passHook('POSTROUTING', packet, passage)
  if (ended !== undefined) return ended
  return device === 'lo' ? enterPod(packet, 'lo', passage) : { at: 'wire', device }
}

/** @param reroute what the kernel does once nat has been asked. @returns where the packet ends if it ends there. */
function passHook(hook: Hook, packet: Packet, passage: Passage, reroute?: () => Arrival | undefined): Arrival | undefined {
  const stations = stationsAt(hook, passage.ruleset)
  for (const station of stations) {
    if (station.does === 'conntrack') {
      if (isTracking(passage.ruleset) !== false) passage.connection.track(packet, passage.stage)
      continue
    }
    if (station.does === 'rules') checkOrder(station, stations, packet)
    const fate = station.does === 'nat' ? passNat(station, hook, packet, passage) : pass(station, packet, passage)
    if (fate.kind === 'drop') return { at: 'drop', hook }
    if (fate.kind === 'reject') return { at: 'reject', hook, statement: fate.statement }
    const lost = station.does === 'nat' ? reroute?.() : undefined
    if (lost !== undefined) return lost
  }
  return undefined
}

/** Where the loader is not known, and another one would ask a chain on the other side of nat: for INPUT of security the backends of iptables differ. */
function checkOrder(
  { chain: { base, rules }, priority }: Station & { does: 'rules' },
  stations: readonly Station[],
  { state }: Packet,
): void {
  const { elsewhere, policy } = base
  if (elsewhere === undefined || state !== 'NEW' || (rules.length === 0 && policy === 'accept')) return
  const isBetween = (other: Station): boolean =>
    other.priority > Math.min(priority, elsewhere) && other.priority < Math.max(priority, elsewhere)
  if (stations.some((other) => other.does === 'nat' && isBetween(other) && other.chains.some(({ chain }) => chain.rules.length > 0)))
    throw new Unpredictable('the two backends of iptables ask nat and security at INPUT in different orders')
}

function pass(base: BaseChain, packet: Packet, { ruleset: _, ...passage }: Passage): Fate {
  const fate = walkChains(base, { packet, ...passage })
  if (fate.by !== undefined && (fate.kind === 'drop' || fate.kind === 'reject')) passage.decisive.ended = fate.by
  return fate
}

/** nat asks its rules about a connection once for each end; what they decide holds for every packet (nf_nat_inet_fn in net/netfilter/nf_nat_core.c). */
function passNat({ side, chains }: Station & { does: 'nat' }, hook: Hook, packet: Packet, passage: Passage): Fate {
  const { connection, ruleset, stage, world } = passage
  const asked = passage.steps.length
  const fate = connection.asksAbout(side, packet) ? askInTurn(chains, packet, passage) : accept
  if (isTracking(ruleset) === 'unknown' && passage.steps.slice(asked).some(({ truth }) => truth !== false))
    throw new Unpredictable('nat is asked where connections are tracked, and no rule that is known here needs that')
  if (fate.kind === 'drop') return fate
  if (fate.kind === 'translate') {
    const end = translate(fate.statement, hook, packet, world)
    if (end === undefined) {
      kernelEnds(passage, hook, 'the interface has no address to translate to')
      if (fate.by !== undefined) passage.decisive.ended = fate.by
      return { kind: 'drop' }
    }
    if (!sameEnd(end, packet[side])) {
      connection.translated[side] = end
      if (fate.by !== undefined) passage.decisive[side] = fate.by
    }
  }
  connection.translate(packet, side, stage)
  return accept
}

const accept: Fate = { kind: 'accept' }

/** The chains of nat at one hook: the first that does anything else than let the packet pass is the last. */
function askInTurn(chains: readonly BaseChain[], packet: Packet, passage: Passage): Fate {
  for (const chain of chains) {
    const fate = pass(chain, packet, passage)
    if (fate.kind !== 'accept') return fate
  }
  return accept
}
