import { isLoopback } from '../core/address.ts'
import type { Hook } from '../flow/matched-rule.ts'
import type { Ruleset, TableName, Target } from '../iptables/tree.ts'
import type { Connection } from './connection.ts'
import type { Side } from './packet.ts'
import { type Packet, sameEnd } from './packet.ts'
import { isTracking } from './tracking.ts'
import { translate } from './translation.ts'
import { Unpredictable } from './unpredictable.ts'
import { type Fate, walkTable } from './walk.ts'
import type { Stage } from './stage.ts'
import type { Step, Trail } from './trail.ts'
import type { World } from './world.ts'

/** Where a packet is once it has been through the pod's hooks. */
export type Arrival =
  /** In the pod, for its sockets. */
  | { at: 'pod' }
  /** On its way out by an interface. */
  | { at: 'wire'; device: string }
  /** A rule ended it, at a hook; `drop` also stands for what the kernel itself throws away. */
  | { at: 'drop'; hook: Hook }
  /** `isDelivered`: its route leads to the pod itself. */
  | { at: 'reject'; hook: Hook; target: Extract<Target, { kind: 'reject' }>; isDelivered: boolean }
  /** Its new way does not begin at an address of this sender's. */
  | { at: 'unroutable' }

/** What a packet goes through: rules, and what connection tracking knows of its connection. */
export interface Passage extends Trail {
  ruleset: Ruleset
  world: World
  connection: Connection
  stage: Stage
}

/** Tables by hook, and connection tracking, in the order of their priorities (include/uapi/linux/netfilter_ipv4.h, nf_ip_hook_priorities). */
const order: Readonly<Record<Hook, readonly (TableName | 'conntrack')[]>> = {
  PREROUTING: ['raw', 'conntrack', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'conntrack', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
}

/**
 * A packet that a process of the pod, or the kernel, sends. Its ends are rewritten where a rule translates them.
 * @param bound the device that the sender's socket is bound to. @param chosen a device that the first route has to be by.
 */
export function sendFromPod(packet: Packet, passage: Passage, bound?: string, chosen?: string): Arrival {
  const { world } = passage
  const { mark } = packet
  const routed = packet.destination.address
  packet.out = chosen ?? world.route(routed, { mark, bound }).device
  let device = packet.out
  const ended = passHook('OUTPUT', packet, passage, (isChanged) => {
    // A new mark or destination has a new route; a socket that is bound to a device stays on it.
    const { address } = packet.destination
    if (isChanged) device = world.route(address, { mark: packet.mark, bound }).device
    // No route leads out from a loopback address (__mkroute_output in net/ipv4/route.c); IPv6 leaves that to whom it reaches.
    if (packet.family !== 'ipv4' || device === 'lo' || !isLoopback(packet.source.address)) return undefined
    kernelEnds(passage, 'OUTPUT', `no route leads out by ${device} from the loopback address ${packet.source.address}`)
    return { at: 'unroutable' }
  })
  if (ended?.at === 'reject') return { ...ended, isDelivered: device === 'lo' }
  return ended ?? leave(packet, device, passage)
}

/** A packet that comes in by an interface. @param isRouted it keeps its route to the pod itself, as what goes by loopback does. */
export function enterPod(packet: Packet, device: string, passage: Passage, isRouted = false): Arrival {
  const { world } = passage
  packet.in = device
  delete packet.out
  packet.owner = 'nobody'
  const routed = packet.destination.address
  const ended = passHook('PREROUTING', packet, passage)
  if (ended !== undefined) return ended
  const { address } = packet.destination
  // What went by loopback keeps its route, unless nat changes where it goes (skb_valid_dst in ip_rcv_finish_core).
  if (isRouted && address === routed) return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  if (address === '::1' && device !== 'lo') throw new Unpredictable('the kernel may refuse or drop what comes by a wire for ::1')
  const isStrange = isMartian(packet, device, world)
  if (isStrange && device !== 'lo')
    return kernelDrops(passage, `nothing that is for a loopback address, or from one of the pod's own, may come in by ${device}`)
  if (isStrange) return kernelDrops(passage, `it has come in by lo from the pod itself, and its new destination has another route`)
  const next = world.route(address, { mark: packet.mark, iif: device }).device
  if (next === 'lo') return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  // What TPROXY has given to a socket is not forwarded (ip_forward in net/ipv4/ip_forward.c).
  if (world.surrounding.inner === undefined || packet.socket !== undefined)
    return kernelDrops(passage, `${address} is no address of the pod's, and the pod forwards nothing there`)
  if (packet.hasOwnHopLimit) throw new Unpredictable('a rule sets how far it may still go, and the pod forwards it')
  packet.out = next
  return passHook('FORWARD', packet, passage) ?? leave(packet, next, passage)
}

/**
 * Whether the kernel throws away what has come in, for its addresses: those of loopback have no business on a wire (RFC 1122, 3.2.1.3;
 * route_localnet is off), and to IPv4 on loopback neither, where a packet has lost the route that it had been sent with; nor has
 * what comes from the pod itself, to IPv4 from wherever a route leads there (fib_validate_source in net/ipv4/fib_frontend.c, where no
 * mark counts).
 */
function isMartian({ family, source, destination }: Packet, device: string, world: World): boolean {
  if (family === 'ipv6' && device === 'lo') return false
  if (isLoopback(destination.address) || isLoopback(source.address) || world.isLocal(source.address)) return true
  return family === 'ipv4' && world.route(source.address).device === 'lo'
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
  return device === 'lo' ? enterPod(packet, 'lo', passage, true) : { at: 'wire', device }
}

/**
 * @param reroute what the kernel does once mangle or nat has been asked, and whether that calls for another route.
 * @returns where the packet ends if it ends there.
 */
function passHook(
  hook: Hook,
  packet: Packet,
  passage: Passage,
  reroute?: (isChanged: boolean) => Arrival | undefined,
): Arrival | undefined {
  const routedMark = packet.mark
  for (const table of order[hook]) {
    if (table === 'conntrack') {
      if (isTracking(passage.ruleset) !== false) passage.connection.track(packet, passage.stage)
    } else {
      if (table === 'security' && hook === 'INPUT') checkOrder(packet, passage)
      const { mark, destination } = packet
      const tried = passage.steps.length
      const fate = table === 'nat' ? passNat(hook, packet, passage) : pass(table, hook, packet, passage)
      if (fate.kind === 'drop') return { at: 'drop', hook }
      if (fate.kind === 'reject') return { at: 'reject', hook, target: fate.target, isDelivered: hook === 'INPUT' }
      if (reroute === undefined || (table !== 'mangle' && table !== 'nat')) continue
      if (table === 'mangle' && packet.mark !== routedMark && packet.mark === mark) checkHeader(passage.steps.slice(tried))
      const isChanged = table === 'mangle' ? packet.mark !== mark : packet.destination.address !== destination.address
      const lost = reroute(isChanged)
      if (lost !== undefined) return lost
    }
  }
  return undefined
}

/**
 * mangle has a packet routed anew whose header it has changed, too, and then a mark counts that another table has set (ipt_mangle_out
 * in net/ipv4/netfilter/iptable_mangle.c).
 */
function checkHeader(steps: readonly Step[]): void {
  if (steps.some(({ truth, rule }) => truth !== false && rule.target?.kind === 'unknown'))
    throw new Unpredictable('a rule changes the header of a packet that has been marked since it was routed')
}

/** At INPUT iptables-legacy asks security before nat, as the kernel has it, iptables-nft after it (security's prio in iptables/nft.c). */
function checkOrder({ state }: Packet, { ruleset }: Passage): void {
  const [nat, security] = [ruleset.tables.get('nat')?.chains.get('INPUT'), ruleset.tables.get('security')?.chains.get('INPUT')]
  const isEmpty = security === undefined || (security.rules.length === 0 && security.policy === 'ACCEPT')
  if (state === 'NEW' && nat !== undefined && nat.rules.length > 0 && !isEmpty)
    throw new Unpredictable('the two backends of iptables ask nat and security at INPUT in different orders')
}

function pass(table: TableName, hook: Hook, packet: Packet, { ruleset, ...passage }: Passage): Fate {
  const fate = walkTable(ruleset, table, hook, { packet, ...passage })
  if (fate.by !== undefined && (fate.kind === 'drop' || fate.kind === 'reject')) passage.decisive.ended = fate.by
  return fate
}

/** nat asks its rules about a connection once for each end; what they decide holds for every packet (nf_nat_inet_fn in net/netfilter/nf_nat_core.c). */
function passNat(hook: Hook, packet: Packet, passage: Passage): Fate {
  const { connection, ruleset, stage, world } = passage
  const side: Side = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source'
  const asked = passage.steps.length
  const fate: Fate = connection.asksAbout(side, packet) ? pass('nat', hook, packet, passage) : { kind: 'accept' }
  if (isTracking(ruleset) === 'unknown' && passage.steps.slice(asked).some(({ truth }) => truth !== false))
    throw new Unpredictable('nat is asked where connections are tracked, and no rule that is known here needs that')
  if (fate.kind === 'drop') return fate
  if (fate.kind === 'translate') {
    const end = translate(fate.target, hook, packet, world)
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
  return { kind: 'accept' }
}
