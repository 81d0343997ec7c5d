import { type Family, familyOf, loopbackAddresses } from '../../../core/address.ts'
import { dnsPort } from '../../../flow/listener.ts'
import type { Box, Dimension, Frame, ValueSet } from '../../../classes/boxes/frame.ts'
import type { World } from '../../../classes/space/world.ts'
import type { Condition, OverField } from '../../../netfilter/condition.ts'
import { domainOf } from '../../../netfilter/field.ts'
import { type Interval, IntervalSet, type Scalar } from '../../../netfilter/interval-set.ts'
import { type Ruleset, rulesOf } from '../../../netfilter/ruleset.ts'
import { addressNumber, interfaceNumber } from '../../../netfilter/wide-values.ts'
import { protocolNumbers } from '../../../model/packet/packet.ts'
import type { Literal, Odd } from './odd-rules.ts'

/**
 * What packets of a flow may have besides what the flow itself has: what rules translate to, and where the proxy dials.
 */
export interface Others {
  addresses: IntervalSet<bigint>
  ports: IntervalSet<number>
}

/** @param rulesets of one family, in the same pod. */
export function othersOf(family: Family, { stack }: World, rulesets: readonly Ruleset[]): Others {
  const { services, dialsOn } = stack.pod.proxy
  const servers = dialsOn.dns?.servers ?? []
  const dialled = [...services.map(({ to }) => to.port), ...(servers.length > 0 ? [dnsPort] : [])]
  const ports: Interval<number>[] = dialled.map(only)
  const named = [
    ...[...stack.ownAddresses, loopbackAddresses[family], ...services.map(({ to }) => to.address)],
    ...servers,
  ]
  const addresses: Interval<bigint>[] = named
    .filter((address) => familyOf(address) === family)
    .map((address) => only(addressNumber(address)))
  for (const { statements } of rulesets.flatMap(rulesOf))
    for (const statement of statements) {
      if ('ports' in statement && statement.ports !== undefined) ports.push(statement.ports)
      if ('port' in statement) ports.push(only(statement.port))
      // A source is drawn from those that anybody may have (nf_nat_l4proto_unique_tuple in net/netfilter/nf_nat_core.c).
      if ('random' in statement && statement.random) ports.push({ first: 1024, last: 0xffff })
      if ('addresses' in statement && statement.addresses !== undefined) {
        const { first, last } = statement.addresses
        addresses.push({ first: addressNumber(first), last: addressNumber(last) })
      }
      if (statement.kind !== 'netmap') continue
      const [network, bits] = [addressNumber(statement.network), addressNumber(statement.bits)]
      addresses.push({ first: network & bits, last: network | (domainOf('daddr', family).last & ~bits) })
    }
  return {
    addresses: IntervalSet.from(domainOf('daddr', family), addresses),
    ports: IntervalSet.from(domainOf('dport', family), ports),
  }
}

const only = <T extends Scalar>(value: T): Interval<T> => ({ first: value, last: value })

/**
 * Whose packet meets rules: one on the flow's own way, one on the way of what the proxy dials on; or what comes back, of
 * either.
 */
type Way = 'own' | 'dialled' | 'back'

/** The flows of a box of which some packet may meet all of these. All that is not known here may be. */
export function metFlows({ literals, isFirst }: Odd, root: Box, others: Others, world: World): Box[] {
  const ways: readonly Way[] = isFirst ? ['own', 'dialled'] : ['own', 'dialled', 'back']
  return ways.flatMap((way) => {
    const sets: Partial<Record<Dimension, ValueSet>> = { ...root.in }
    for (const literal of literals) {
      const answer = who(literal, way, root, others, world)
      if (answer === 'nobody') return []
      if (answer === 'anybody') continue
      const own = sets[answer.dimension]
      if (own === undefined) continue
      const left = own.intersect(IntervalSet.from(own.domain, answer.set.intervals))
      if (left.isEmpty) return []
      sets[answer.dimension] = left
    }
    return [{ frame: root.frame, in: sets }]
  })
}

/** Of which flows a packet may answer a condition so. */
type Who = 'nobody' | 'anybody' | { dimension: Dimension; set: ValueSet }

function who({ condition, holds }: Literal, way: Way, root: Box, others: Others, world: World): Who {
  if (condition.kind !== 'field' || 'mask' in condition) return 'anybody'
  const asked = condition as Condition & OverField
  const set = (holds ? asked.in : asked.in.complement()) as ValueSet
  /** It is so of a packet that has no such field. */
  const isSoWithout = holds === asked.ifAbsent
  const isOneOf = (values: readonly Scalar[]): Who =>
    values.some((value) => set.contains(value)) ? 'anybody' : 'nobody'
  switch (asked.field) {
    case 'protocol':
      return isOneOf(protocolsOf(root.frame, way))
    case 'iif':
      return way === 'back' ? 'anybody' : isOneOf(comesInBy(root.frame, way).map(interfaceNumber))
    case 'daddr':
      return way === 'back' || meetsAny(set, others.addresses) ? 'anybody' : { dimension: 'daddr', set }
    case 'sport':
    case 'dport': {
      const isWhereTo = (asked.field === 'dport') === (way !== 'back')
      return portOf(isWhereTo ? 'dport' : 'sport', set, holds, way, root, others, world)
    }
    case 'uid':
    case 'gid':
      if (isSoWithout || way === 'back') return 'anybody'
      if (way === 'dialled') return isOneOf([world.stack.pod.proxy.credentials[asked.field]])
      return root.frame.origin.kind === 'pod' ? { dimension: asked.field, set } : 'nobody'
    default:
      return 'anybody'
  }
}

/** What comes back may be an ICMP error. */
function protocolsOf({ family, protocol }: Frame, way: Way): number[] {
  const { [protocol]: own, error } = protocolNumbers[family]
  return way === 'back' ? [own, error] : [own]
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
function portOf(
  end: 'sport' | 'dport',
  set: ValueSet,
  holds: boolean,
  way: Way,
  { in: sets, frame }: Box,
  others: Others,
  { stack }: World,
): Who {
  const mayHaveNone = frame.protocol === 'icmp' || way === 'back'
  if (mayHaveNone && !holds) return 'anybody'
  if (frame.protocol === 'icmp') return 'nobody'
  if (meetsAny(set, others.ports)) return 'anybody'
  if (end === 'dport') return { dimension: 'dport', set }
  const { ranges, representative } = stack.pod.proxy.dialPorts
  if ([...ranges, representative].some((range) => set.containsOneOf(range) !== false)) return 'anybody'
  return sets.sport === undefined || way === 'dialled' ? 'nobody' : { dimension: 'sport', set }
}

const meetsAny = (set: ValueSet, { intervals }: IntervalSet<bigint> | IntervalSet<number>): boolean =>
  intervals.some((interval) => set.containsOneOf(interval) !== false)
