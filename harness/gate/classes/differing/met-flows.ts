import { familyOf, loopbackNetworks, withoutPrefix } from '../../../core/address.ts'
import { namedCredentials } from '../../../flow/identity.ts'
import { intersect } from '../../../classes/boxes/boxes.ts'
import type { Box, Dimension, Frame, ValueSet } from '../../../classes/boxes/frame.ts'
import type { World } from '../../../classes/space/world.ts'
import type { Condition, OverField } from '../../../netfilter/condition.ts'
import { domainOf } from '../../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../../netfilter/interval-set.ts'
import { addressesOfPrefix, addressNumber, interfaceNumber } from '../../../netfilter/wide-values.ts'
import { protocolNumbers } from '../../../model/packet/packet.ts'
import type { Literal } from './known-packet.ts'
import { type MayHave, only, type Others } from './may-have.ts'
import type { Odd } from './odd-rules.ts'

/** Whose packet meets rules: of the flow itself or of what the proxy dials on; on its way there, or coming back. */
export type Way = 'own' | 'back' | 'dialled' | 'dialled back'

/** Where rules are met, and by whose packet. */
interface Meeting extends Omit<Odd, 'literals'> {
  way: Way
  root: Box
  others: Others
  world: World
  /** It has ports, or the protocol of the flow: no ICMP error has. */
  isNoError: boolean
  /** The flows of which the proxy gets some packet. */
  proxied: readonly Box[]
}

/**
 * The flows of a box of which some packet may meet all of these. All that is not known here may be.
 * @param proxied those of which the proxy may get some packet, as `proxiedFlows` has them.
 */
export function metFlows(odd: Odd, root: Box, may: MayHave, world: World, proxied: readonly Box[]): Box[] {
  const ways: readonly Way[] = odd.isFirst ? ['own', 'dialled'] : ['own', 'back', 'dialled', 'dialled back']
  return ways.flatMap((way) => {
    const isDialled = way === 'dialled' || way === 'dialled back'
    const among = isDialled ? proxied : [root]
    return among.flatMap((box) => metOn(way, odd, box, may[isDialled ? 'dialled' : 'translated'], world, proxied))
  })
}

/** The same of packets on one way. @param others what they may have besides what the flow has. */
export function metOn(
  way: Way,
  { literals, ...odd }: Odd,
  root: Box,
  others: Others,
  world: World,
  proxied: readonly Box[],
): Box[] {
  // What is sent to the pod leaves it in answers alone.
  if (way === 'own' && odd.base?.hook === 'OUTPUT' && root.frame.origin.kind !== 'pod') return []
  const isNoError = literals.some((literal) => isOfNoError(literal, root.frame))
  const meeting = { ...odd, way, root, others, world, isNoError, proxied }
  let found: Box[] = [root]
  for (const literal of literals) {
    const answer = who(literal, meeting)
    if (answer === 'nobody') return []
    if (answer === 'anybody') continue
    found = found.flatMap((box) => ('boxes' in answer ? within(box, answer.boxes) : narrowed(box, answer)))
  }
  return found
}

/** The flows of a box that have one of these values; all of them where the box does not tell. */
export function narrowed({ frame, in: sets }: Box, { dimension, set }: Narrowing): Box[] {
  const own = sets[dimension]
  if (own === undefined) return [{ frame, in: sets }]
  const left = own.intersect(IntervalSet.from(own.domain, set.intervals))
  return left.isEmpty ? [] : [{ frame, in: { ...sets, [dimension]: left } }]
}

const within = (box: Box, others: readonly Box[]): Box[] => others.flatMap((other) => intersect(box, other) ?? [])

/** Whether an ICMP error does not meet it, since that has no ports. */
function isOfNoError({ condition, holds }: Literal, { family }: Frame): boolean {
  if (condition.kind !== 'field' || condition.mask !== undefined) return false
  if (condition.field === 'protocol') return condition.in.contains(protocolNumbers[family].error) !== holds
  return (condition.field === 'sport' || condition.field === 'dport') && condition.ifAbsent !== holds
}

/** Of which flows a packet may answer a condition so. */
type Who = 'nobody' | 'anybody' | Narrowing | { boxes: readonly Box[] }

interface Narrowing {
  dimension: Dimension
  set: ValueSet
}

function who({ condition, holds }: Literal, meeting: Meeting): Who {
  const { way, root, others, world } = meeting
  if (condition.kind !== 'field' || 'mask' in condition) return 'anybody'
  const asked = condition as Condition & OverField
  const set = (holds ? asked.in : asked.in.complement()) as ValueSet
  /** It is so of a packet that has no such field. */
  const isSoWithout = holds === asked.ifAbsent
  const isOneOf = (values: readonly Scalar[]): Who =>
    values.some((value) => set.contains(value)) ? 'anybody' : 'nobody'
  const isBack = way === 'back' || way === 'dialled back'
  switch (asked.field) {
    case 'protocol':
      return isOneOf(protocolsOf(root.frame, isBack))
    case 'iif':
      return isBack ? 'anybody' : isOneOf(comesInBy(root.frame, way).map(interfaceNumber))
    case 'oif':
      return isAsSent(meeting) ? goesOutBy(set, root.frame, world) : 'anybody'
    case 'saddr':
      if (isAsSent(meeting)) return { dimension: 'saddr', set }
      if (way === 'own' && !meetsAny(set, others.addresses) && !isChangedBefore(world))
        return { dimension: 'saddr', set }
      // An answer comes from where the packet went, or from whoever had it: each host answers for its networks.
      return isBack && meeting.isNoError && !meetsAny(set, others.addresses) && !meetsAny(set, peersOf(root, world))
        ? { dimension: 'daddr', set }
        : 'anybody'
    case 'daddr':
      if (isAsSent(meeting)) return { dimension: 'daddr', set }
      if (meetsAny(set, others.addresses)) return 'anybody'
      if (!isBack) return { dimension: 'daddr', set }
      return way === 'back' && !isChangedBefore(world) ? { dimension: 'saddr', set } : 'anybody'
    case 'sport':
    case 'dport': {
      const isWhereTo = (asked.field === 'dport') === !isBack
      return portOf(isWhereTo ? 'dport' : 'sport', set, isSoWithout, meeting)
    }
    case 'uid':
    case 'gid':
      if (isBack) return answers(asked.field, set, isSoWithout, meeting)
      if (isSoWithout && mayHaveNoSocket(meeting)) return 'anybody'
      if (way === 'dialled') return isOneOf([world.stack.pod.proxy.credentials[asked.field]])
      return root.frame.origin.kind === 'pod' ? { dimension: asked.field, set } : 'nobody'
    default:
      return 'anybody'
  }
}

/**
 * Whether what sends a packet on its way may be no socket: what is forwarded comes from none, and the kernel ends
 * connections of TCP by itself.
 */
const mayHaveNoSocket = ({ way, isFirst, root: { frame } }: Meeting): boolean =>
  (way === 'own' && frame.origin.kind !== 'pod') || (frame.protocol === 'tcp' && !isFirst)

/** Whom a datagram may be answered by: an application, or the proxy what it gets. */
function answers(field: 'uid' | 'gid', set: ValueSet, isSoWithout: boolean, meeting: Meeting): Who {
  const { way, root, world, isNoError, proxied, base } = meeting
  if (root.frame.protocol !== 'udp' || !isNoError) return 'anybody'
  // What others answer to others is forwarded.
  if (isSoWithout && base?.hook !== 'OUTPUT') return 'anybody'
  const { proxy, apps } = world.stack.pod
  const others = [namedCredentials.app, ...apps.map(({ credentials }) => credentials)]
  if (others.some((credentials) => set.contains(credentials[field]))) return 'anybody'
  if (!set.contains(proxy.credentials[field])) return 'nobody'
  return way === 'back' ? { boxes: proxied } : 'anybody'
}

/** Where other hosts may answer from. */
function peersOf({ frame: { family } }: Box, { stack }: World): IntervalSet<bigint> {
  const networks = stack.pod.links.flatMap(({ pod, peer, behind = [] }) => [pod[family], peer[family], ...behind])
  return IntervalSet.from(
    domainOf('daddr', family),
    networks
      .filter((network) => familyOf(withoutPrefix(network)) === family)
      .map((network) => addressesOfPrefix(network)),
  )
}

/** Destinations are translated in nat (NF_IP_PRI_NAT_DST in linux/netfilter_ipv4.h). */
const translatingPriority = -100

/** Whether what a packet has is what the flow was sent with: nothing has been translated yet. */
function isAsSent({ way, base, root, world }: Meeting): boolean {
  if (way !== 'own' || base === undefined || base.elsewhere !== undefined) return false
  const isBefore = base.type === 'nat' || base.priority < translatingPriority
  if (root.frame.origin.kind === 'pod') return isBefore && base.hook === 'OUTPUT'
  return isBefore && base.hook === 'PREROUTING' && !isChangedBefore(world)
}

/** Whether other hosts may translate what they send. */
const isChangedBefore = ({ stack }: World): boolean => stack.pod.peers.some(({ rules }) => rules !== undefined)

/** Who sends by one of these interfaces: by loopback goes what is for the pod itself, and nothing else. */
function goesOutBy(set: ValueSet, { family, origin, boundTo }: Frame, { stack }: World): Who {
  if (boundTo !== undefined) return set.contains(interfaceNumber(boundTo)) ? 'anybody' : 'nobody'
  const { links, inner } = stack.pod
  const isByPolicy = stack.routing.rules.some((rule) => rule.family === family)
  // A host that forwards IPv6 has anycast addresses as well (RFC 4291, 2.6.1).
  const isRouter = family === 'ipv6' && stack.forwards(family)
  if (origin.kind !== 'pod' || isByPolicy || isRouter) return 'anybody'
  const names = [...links.map(({ name }) => name), ...(inner ? [inner.bridge] : [])]
  const [isLoopback, isOther] = [['lo'], names].map((some) => some.some((name) => set.contains(interfaceNumber(name))))
  if (isLoopback === isOther) return isLoopback ? 'anybody' : 'nobody'
  const own = [...stack.ownAddresses, ...(inner ? [inner.bridgeAddress] : [])].filter(
    (address) => familyOf(address) === family,
  )
  const local = IntervalSet.of(
    domainOf('daddr', family),
    addressesOfPrefix(loopbackNetworks[family]),
    ...own.map((address) => only(addressNumber(address))),
  )
  return { dimension: 'daddr', set: (isLoopback ? local : local.complement()) as unknown as ValueSet }
}

/** What comes back may be an ICMP error. */
function protocolsOf({ family, protocol }: Frame, isBack: boolean): number[] {
  const { [protocol]: own, error } = protocolNumbers[family]
  return isBack ? [own, error] : [own]
}

/** By which interfaces a packet may come in, if by any. */
function comesInBy({ origin }: Frame, way: Way): string[] {
  const [none, loopback] = ['', 'lo']
  if (way === 'dialled' || origin.kind === 'pod') return [none, loopback]
  return [none, loopback, origin.kind === 'peer' ? origin.interface : none]
}

/**
 * Of a packet without ports every condition on them fails, negated or not.
 * @param end where the flow goes to, or where it comes from: a port that somebody has drawn, if none was chosen.
 */
function portOf(end: 'sport' | 'dport', set: ValueSet, isSoWithout: boolean, meeting: Meeting): Who {
  const { way, others } = meeting
  const { frame, in: sets } = meeting.root
  const mayHaveNone = frame.protocol === 'icmp' || way === 'back' || way === 'dialled back'
  if (mayHaveNone && isSoWithout) return 'anybody'
  if (frame.protocol === 'icmp') return 'nobody'
  if (!isAsSent(meeting) && meetsAny(set, others.ports)) return 'anybody'
  if (end === 'dport') return { dimension: 'dport', set }
  const { ranges, representative } = meeting.world.stack.pod.proxy.dialPorts
  if ([...ranges, representative].some((range) => set.containsOneOf(range) !== false)) return 'anybody'
  const isDialled = way === 'dialled' || way === 'dialled back'
  return sets.sport === undefined || isDialled ? 'nobody' : { dimension: 'sport', set }
}

const meetsAny = (set: ValueSet, { intervals }: IntervalSet<bigint> | IntervalSet<number>): boolean =>
  intervals.some((interval) => set.containsOneOf(interval) !== false)
