import type { Condition, OverField } from '../../netfilter/condition.ts'
import type { Family } from '../../core/address.ts'
import { connectionStates } from '../../netfilter/field.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'

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
/** Connection tracking leaves it alone (nf_conntrack_proto_icmpv6.c, noct_valid_new). */
const neighbourDiscovery = 'neighbour discovery'
const untracked = connectionStates.indexOf('UNTRACKED')

/** Protocols and kinds of ICMP that rules ask for by name and of which no flow is compared. */
export function otherProtocols(rulesets: readonly Ruleset[]): string[] {
  const asked = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap((condition) => askedFor(condition, ruleset.family)),
    ),
  )
  return [...new Set(asked)]
}

/** A negated condition asks for nothing of its own. */
function askedFor(condition: Condition, family: Family): string[] {
  if (condition.kind !== 'field' || condition.asked.negated) return []
  if (condition.field === 'protocol') return numbersOf(condition).map((number) => names[number] ?? String(number))
  if (condition.field === 'icmp')
    return typesOf(condition, family).map((type) => `${family === 'ipv4' ? 'icmp' : 'icmpv6'} type ${type}`)
  const isOfUntracked = condition.field === 'ctstate' && family === 'ipv6' && condition.in.contains(untracked)
  return isOfUntracked ? [neighbourDiscovery] : []
}

function numbersOf({ in: set }: OverField<'protocol'>): number[] {
  if (compared.some((number) => set.contains(number))) return []
  return set.intervals.flatMap(({ first, last }) => (first === last ? [first] : []))
}

/** A type has 256 codes. */
function typesOf({ in: set }: OverField<'icmp'>, family: Family): number[] {
  return set.intervals.flatMap(({ first, last }) => {
    const type = first >> 8
    return type === last >> 8 && !comparedTypes[family].includes(type) ? [type] : []
  })
}
