import { type AddressPort, familyOf, isLoopback } from '../core/address.ts'
import type { Hook } from '../flow/matched-rule.ts'
import type { Ruleset, TableName, Target } from '../iptables/tree.ts'
import type { Connection, Packet } from './packet.ts'
import { type Fate, type Step, Unpredictable, walkTable } from './walk.ts'
import type { World } from './world.ts'

/** Where a packet is once it has been through the pod's hooks. */
export type Arrival =
  /** In the pod, for its sockets. */
  | { at: 'pod' }
  /** On its way out by an interface. */
  | { at: 'wire'; device: string }
  /** A rule ended it, at a hook; `drop` also stands for what the kernel itself throws away. */
  | { at: 'drop'; hook: Hook }
  | { at: 'reject'; hook: Hook }

/** What a packet goes through: rules, and what connection tracking knows of its connection. */
export interface Passage {
  ruleset: Ruleset
  world: World
  connection: Connection
  stage: Step['packet']
  steps: Step[]
}

/** Tables by hook, in the order of their priorities (include/uapi/linux/netfilter_ipv4.h, nf_ip_hook_priorities). */
const order: Readonly<Record<Hook, readonly TableName[]>> = {
  PREROUTING: ['raw', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
}

/** A packet that a process of the pod, or the kernel, sends. `packet.destination` is rewritten where a rule translates it. */
export function sendFromPod(packet: Packet, passage: Passage, bound?: string): Arrival {
  const { world } = passage
  packet.out = world.route(packet.destination.address, bound).device
  const ended = passHook('OUTPUT', packet, passage)
  if (ended !== undefined) return ended
  // A new destination has a new route; a socket that is bound to a device stays on it.
  const { device } = world.route(packet.destination.address, bound)
  return leave(packet, device, passage)
}

/** A packet that comes in by an interface. */
export function enterPod(packet: Packet, device: string, passage: Passage): Arrival {
  const { world } = passage
  packet.in = device
  delete packet.out
  packet.owner = 'nobody'
  const ended = passHook('PREROUTING', packet, passage)
  if (ended !== undefined) return ended
  const { address } = packet.destination
  if (address === '::1' && device !== 'lo') throw new Unpredictable('the kernel may refuse or drop what comes by a wire for ::1')
  // Loopback addresses have no business on a wire (RFC 1122, 3.2.1.3), and route_localnet is off.
  if (device !== 'lo' && (isLoopback(address) || isLoopback(packet.source.address) || world.isLocal(packet.source.address)))
    return { at: 'drop', hook: 'PREROUTING' }
  if (world.isLocal(address)) return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  if (world.surrounding.inner === undefined || device === 'lo') return { at: 'drop', hook: 'PREROUTING' }
  const next = world.route(address).device
  packet.out = next
  return passHook('FORWARD', packet, passage) ?? leave(packet, next, passage)
}

function leave(packet: Packet, device: string, passage: Passage): Arrival {
  packet.out = device
  delete packet.in
  const ended = passHook('POSTROUTING', packet, passage)
  if (ended !== undefined) return ended
  return device === 'lo' ? enterPod(packet, 'lo', passage) : { at: 'wire', device }
}

/** @returns where the packet ends if a rule ends it there. */
function passHook(hook: Hook, packet: Packet, passage: Passage): Arrival | undefined {
  const { ruleset, world, connection, stage, steps } = passage
  for (const table of order[hook]) {
    if (table === 'nat' && !asksNat(hook, packet)) continue
    const given = { ...packet, source: { ...packet.source }, destination: { ...packet.destination } }
    const isAsked = table !== 'nat' || packet.state === 'NEW'
    const fate: Fate = isAsked ? walkTable(ruleset, table, hook, { packet: given, connection, world, stage, steps }) : { kind: 'accept' }
    packet.mark = given.mark
    packet.state = given.state
    if (fate.kind === 'drop' || fate.kind === 'reject') return { at: fate.kind, hook }
    if (fate.kind === 'translate') connection.translation = translate(fate.target, hook, packet, world)
    if (table === 'nat' && connection.translation !== undefined && stage !== 'answer' && isDestinationHook(hook))
      packet.destination = { ...connection.translation }
  }
  return undefined
}

const isDestinationHook = (hook: Hook): boolean => hook === 'PREROUTING' || hook === 'OUTPUT'

/**
 * nat rules see a connection's first packet alone, and no hook of either kind twice: what the pod sends to itself does not
 * meet PREROUTING and INPUT of nat again (nf_nat_inet_fn in net/netfilter/nf_nat_core.c).
 */
function asksNat(hook: Hook, { state, in: device }: Packet): boolean {
  if (state === 'UNTRACKED' || state === 'RELATED') return false
  return !(device === 'lo' && (hook === 'PREROUTING' || hook === 'INPUT'))
}

function translate(target: Extract<Target, { kind: 'redirect' | 'dnat' }>, hook: Hook, packet: Packet, world: World): AddressPort {
  if (target.ports !== undefined && target.ports.first !== target.ports.last)
    throw new Unpredictable('a translation to a range of ports may take any of them')
  const port = packet.destination.port === 0 ? 0 : target.ports?.first || packet.destination.port
  if (target.kind === 'dnat') {
    const { first = packet.destination.address, last = first } = target.addresses ?? {}
    if (first !== last) throw new Unpredictable('a translation to a range of addresses may take any of them')
    return { address: first, port }
  }
  const device = hook === 'OUTPUT' ? 'lo' : (packet.in ?? 'lo')
  const address = world.addressOf(device, familyOf(packet.destination.address) ?? 'ipv4')
  if (address === undefined) throw new Unpredictable(`the interface ${device} has no address that is known here`)
  return { address, port }
}
