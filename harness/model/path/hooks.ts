import type { Hook } from '../../flow/matched-rule.ts'
import { does } from '../../netfilter/does.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import type { StatementOf } from '../../netfilter/statement.ts'
import { type BaseChain, type Station, stationsAt } from '../../netfilter/stations.ts'
import type { Connection } from '../packet/connection.ts'
import { type Packet, sameEndpoint } from '../packet/packet.ts'
import { isTracking } from '../packet/tracking.ts'
import { translate } from '../rules/translation.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import { type Fate, traverseChains } from '../rules/chain-traversal.ts'
import type { Stage } from '../packet/stage.ts'
import type { RuleStep, Trail } from '../rules/trail.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** Where a packet is after it has passed the pod's hooks. */
export type Arrival =
  /** In the pod, for its sockets. */
  | { at: 'pod' }
  /** On its way out by an interface. */
  | { at: 'wire'; device: string }
  /** A rule dropped it at a hook; `drop` also stands for packets that the kernel itself drops. */
  | { at: 'drop'; hook: Hook }
  /** `isDelivered`: its route leads to the pod itself. */
  | { at: 'reject'; hook: Hook; statement: StatementOf<'reject'>; isDelivered: boolean }
  /** It cannot be routed to its new destination from its source address. */
  | { at: 'unroutable' }

/** What a packet passes: the rules, and the entry of its connection. */
export interface Passage {
  trail: Trail
  ruleset: Ruleset
  stack: NetworkStack
  connection: Connection
  stage: Stage
}

/** Records that the kernel itself drops the packet, not a rule or policy. */
export function kernelEnds({ trail: { endings, steps }, stage }: Passage, hook: Hook, why: string): void {
  endings.push({ hook, packet: stage, after: steps.length, why })
}

/**
 * Sends a packet through everything that is registered at a hook.
 * @param reroute called after nat and after each chain of type route, with whether the packet needs a new route.
 * @returns where the packet ends, if it ends at this hook.
 */
export function passHook(
  hook: Hook,
  packet: Packet,
  passage: Passage,
  reroute?: (isChanged: boolean) => Arrival | undefined,
): Arrival | undefined {
  const routedMark = packet.mark
  const stations = stationsAt(hook, passage.ruleset)
  for (const station of stations) {
    if (station.does === 'conntrack') {
      if (isTracking(passage.ruleset) !== false) passage.connection = passage.connection.track(packet, passage.stage)
      continue
    }
    if (station.does === 'rules') checkOrder(station, stations, packet)
    const { mark, destination } = packet
    const tried = passage.trail.steps.length
    const fate = station.does === 'nat' ? passNat(station, hook, packet, passage) : pass(station, packet, passage)
    if (fate.kind === 'drop') return { at: 'drop', hook }
    if (fate.kind === 'reject') return { at: 'reject', hook, statement: fate.statement, isDelivered: hook === 'INPUT' }
    const isRouting = station.does === 'rules' && station.chain.base.type === 'route'
    if (reroute === undefined || (station.does !== 'nat' && !isRouting)) continue
    if (isRouting && packet.mark !== routedMark && packet.mark === mark) checkHeader(passage.trail.steps.slice(tried))
    const lost = reroute(isRouting ? packet.mark !== mark : packet.destination.address !== destination.address)
    if (lost !== undefined) return lost
  }
  if (hook !== 'INPUT' && hook !== 'POSTROUTING') return undefined
  if (passage.stage === 'first') passage.connection.confirm(packet)
  if (!passage.connection.clashes) return undefined
  kernelEnds(passage, hook, 'connection tracking knows its answers as the first packets of another entry')
  return { at: 'drop', hook }
}

/**
 * A chain of type route also reroutes a packet whose header it changed; the new route then depends on a mark that
 * another chain set (ipt_mangle_out in net/ipv4/netfilter/iptable_mangle.c).
 */
function checkHeader(steps: readonly RuleStep[]): void {
  if (steps.some(({ truth, rule }) => truth !== false && does(rule, 'unknown', 'continue', 'tos', 'hop-limit')))
    throw new Unpredictable('a rule changes the header of a packet that has been marked since it was routed')
}

/**
 * Gives no prediction if the order of chains depends on an unknown backend: security and nat at INPUT differ in theirs.
 */
function checkOrder(
  { chain: { base, rules }, priority }: Station & { does: 'rules' },
  stations: readonly Station[],
  { state }: Packet,
): void {
  const { elsewhere, policy } = base
  if (elsewhere === undefined || state !== 'NEW' || (rules.length === 0 && policy === 'accept')) return
  const [low, high] = [Math.min(priority, elsewhere), Math.max(priority, elsewhere)]
  const isBetween = (other: Station): boolean => other.priority > low && other.priority < high
  if (
    stations.some(
      (other) => other.does === 'nat' && isBetween(other) && other.chains.some(({ chain }) => chain.rules.length > 0),
    )
  )
    throw new Unpredictable('the two backends of iptables ask nat and security at INPUT in different orders')
}

function pass(base: BaseChain, packet: Packet, { connection, stack, stage, trail }: Passage): Fate {
  const fate = traverseChains({ base, packet, connection, stack, stage, trail })
  if (fate.by !== undefined && (fate.kind === 'drop' || fate.kind === 'reject')) trail.decisive.ended = fate.by
  return fate
}

/**
 * nat evaluates its rules once for each end of a connection, for all its packets (nf_nat_inet_fn in
 * net/netfilter/nf_nat_core.c).
 */
function passNat({ side, chains }: Station & { does: 'nat' }, hook: Hook, packet: Packet, passage: Passage): Fate {
  const { connection, ruleset, stage, stack, trail } = passage
  const asked = trail.steps.length
  const fate = connection.asksAbout(side, packet) ? askInTurn(chains, packet, passage) : accept
  if (isTracking(ruleset) === 'unknown' && trail.steps.slice(asked).some(({ truth }) => truth !== false))
    throw new Unpredictable('nat is asked where connections are tracked, and no rule that is known here needs that')
  if (fate.kind === 'drop') return fate
  if (fate.kind === 'translate') {
    const ends = connection.isReply(stage) ? connection.current : packet
    const end = translate(fate.statement, hook, packet, ends, stack)
    if (end === undefined) {
      kernelEnds(passage, hook, 'the interface has no address to translate to')
      if (fate.by !== undefined) trail.decisive.ended = fate.by
      return { kind: 'drop' }
    }
    if (!sameEndpoint(end, ends[side])) {
      connection.translated[side] = end
      if (fate.by !== undefined) trail.decisive[side] = fate.by
    }
  }
  connection.translate(packet, side, stage)
  return accept
}

const accept: Fate = { kind: 'accept' }

/** Evaluates the chains of nat at one hook, up to the first one that does not accept the packet. */
function askInTurn(chains: readonly BaseChain[], packet: Packet, passage: Passage): Fate {
  for (const chain of chains) {
    const fate = pass(chain, packet, passage)
    if (fate.kind !== 'accept') return fate
  }
  return accept
}
