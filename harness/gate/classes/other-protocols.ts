import type { Condition, OverField } from '../../netfilter/condition.ts'
import { families, type Family } from '../../core/address.ts'
import { does } from '../../netfilter/does.ts'
import { connectionStates, domainOf } from '../../netfilter/field.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'
import { addressesOfPrefix } from '../../netfilter/wide-values.ts'

/** Numbers of the protocols of which flows are compared: ICMP, TCP, UDP, ICMPv6 (IANA, Protocol Numbers). */
const compared = [1, 6, 17, 58]
/** What rules call others (IANA's keywords). */
const names: Readonly<Record<number, string>> = {
  33: 'dccp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  132: 'sctp',
  136: 'udplite',
}

/** Echo requests, their answers and what says that nobody is there (IANA, ICMP and ICMPv6 Type Numbers). */
const comparedTypes: Readonly<Record<Family, readonly number[]>> = { ipv4: [0, 3, 8], ipv6: [1, 128, 129] }
/** Codes of `nobody is there` that come back of flows here; others are said by routers on the way (RFC 1812, 5.2.7.1). */
const unreachable = 3
const comparedCodes: readonly number[] = [0, 1, 2, 3, 9, 10, 13]
/** Connection tracking leaves it alone (nf_conntrack_proto_icmpv6.c, noct_valid_new). */
const neighbourDiscovery = 'neighbour discovery'
const untracked = connectionStates.indexOf('UNTRACKED')
const invalid = connectionStates.indexOf('INVALID')
/** All but link-local addresses, which no flow is sent to or from: they are of an interface (RFC 4291, 2.5.6). */
const elsewhere = IntervalSet.of(domainOf('daddr', 'ipv6'), addressesOfPrefix('fe80::/10')).complement()

type Asks = (condition: Condition) => boolean

/** No socket listens there, and TCP is sent there all the same (tcp_v4_connect in net/ipv4/tcp_ipv4.c). */
const asksPortZero: Asks = (condition) =>
  condition.kind === 'field' &&
  condition.field === 'dport' &&
  !condition.asked.negated &&
  condition.in.intervals.every(({ last }) => last === 0)

function asksWithin(family: Family, prefix: string): Asks {
  const others = IntervalSet.of(domainOf('daddr', family), addressesOfPrefix(prefix)).complement()
  return (condition) =>
    condition.kind === 'field' &&
    condition.field === 'daddr' &&
    !condition.asked.negated &&
    condition.in.intersect(others).isEmpty
}

/** Multicast and broadcast are for many receivers (RFC 5771, RFC 919; RFC 4291, 2.7). */
const unsent: Readonly<Record<Family, Readonly<Record<string, Asks>>>> = {
  ipv4: {
    'TCP to port 0': asksPortZero,
    'UDP to multicast addresses': asksWithin('ipv4', '224.0.0.0/4'),
    'UDP to the broadcast address': asksWithin('ipv4', '255.255.255.255/32'),
  },
  ipv6: { 'TCP to port 0': asksPortZero, 'UDP to multicast addresses': asksWithin('ipv6', 'ff00::/8') },
}

/**
 * Protocols and kinds of ICMP that rules ask for by name and of which no flow is compared.
 * @param sides each side's rules of either family.
 */
export function otherProtocols(sides: readonly Readonly<Record<Family, Ruleset>>[]): string[] {
  const asked = sides.flatMap((side) =>
    Object.values(side).flatMap((ruleset) =>
      rulesOf(ruleset).flatMap(({ conditions }) =>
        conditions.flatMap((condition) => askedFor(condition, ruleset.family)),
      ),
    ),
  )
  const byWay = families.flatMap((family) => [
    ...invalidOf(sides, family),
    ...unsentOf(sides, family),
    ...farOf(sides, family),
  ])
  return [...new Set([...asked, ...byWay])]
}

/** ICMP that answers nothing is invalid: that is told where one side asks for it in another way than the other. */
function invalidOf(sides: readonly Readonly<Record<Family, Ruleset>>[], family: Family): string[] {
  const [icmp, name] = family === 'ipv4' ? [1, 'icmp'] : [58, 'icmpv6']
  const ways = sides.map((side) =>
    rulesOf(side[family])
      .filter(({ conditions }) =>
        conditions.every(
          (condition) => condition.kind !== 'field' || condition.field !== 'protocol' || condition.in.contains(icmp),
        ),
      )
      .filter(({ conditions }) => conditions.some(isOfInvalid))
      .map(({ origin }) => origin.text),
  )
  return new Set(ways.map((texts) => texts.join('\n'))).size > 1 ? [`${name} that answers nothing`] : []
}

/** Destinations that no flow is sent to, although the kernel sends there: told where the sides ask otherwise of them. */
function unsentOf(sides: readonly Readonly<Record<Family, Ruleset>>[], family: Family): string[] {
  return Object.entries(unsent[family]).flatMap(([name, isAsked]) => {
    const ways = sides.map((side) =>
      rulesOf(side[family]).flatMap(({ conditions, origin }) => (conditions.some(isAsked) ? origin.text : [])),
    )
    return new Set(ways.map((texts) => texts.join('\n'))).size > 1 ? [name] : []
  })
}

/** Peers are the pod's neighbours: how many routers a packet may pass is told where the sides set it otherwise. */
function farOf(sides: readonly Readonly<Record<Family, Ruleset>>[], family: Family): string[] {
  const ways = sides.map((side) =>
    rulesOf(side[family]).flatMap((rule) => (does(rule, 'hop-limit') ? rule.origin.text : [])),
  )
  return new Set(ways.map((texts) => texts.join('\n'))).size > 1
    ? [`${family === 'ipv4' ? 'IPv4' : 'IPv6'} over several routers`]
    : []
}

const isOfInvalid = (condition: Condition): boolean =>
  condition.kind === 'field' &&
  condition.field === 'ctstate' &&
  !condition.asked.negated &&
  condition.in.contains(invalid)

/** A negated condition asks for nothing of its own. */
function askedFor(condition: Condition, family: Family): string[] {
  if (condition.kind !== 'field' || condition.asked.negated) return []
  if (condition.field === 'protocol') return numbersOf(condition).map((number) => names[number] ?? String(number))
  if (condition.field === 'icmp')
    return [...typesOf(condition, family), ...codesOf(condition, family)].map(
      (type) => `${family === 'ipv4' ? 'icmp' : 'icmpv6'} type ${type}`,
    )
  if (family === 'ipv6' && (condition.field === 'saddr' || condition.field === 'daddr'))
    return condition.in.intersect(elsewhere).isEmpty ? ['IPv6 between link-local addresses'] : []
  const isOfUntracked = condition.field === 'ctstate' && family === 'ipv6' && condition.in.contains(untracked)
  return isOfUntracked ? [neighbourDiscovery] : []
}

function numbersOf({ in: set }: OverField<'protocol'>): number[] {
  if (compared.some((number) => set.contains(number))) return []
  return set.intervals.flatMap(({ first, last }) => (first === last ? [first] : []))
}

/** Of a type of which flows are compared, as `3 code 4`. */
const codesOf = ({ in: set }: OverField<'icmp'>, family: Family): string[] =>
  family === 'ipv6'
    ? []
    : set.intervals.flatMap(({ first, last }) =>
        first === last && first >> 8 === unreachable && !comparedCodes.includes(first & 0xff)
          ? [`${unreachable} code ${first & 0xff}`]
          : [],
      )

/** A type has 256 codes. */
function typesOf({ in: set }: OverField<'icmp'>, family: Family): number[] {
  return set.intervals.flatMap(({ first, last }) => {
    const type = first >> 8
    return type === last >> 8 && !comparedTypes[family].includes(type) ? [type] : []
  })
}
