import type { Condition } from '../../netfilter/condition.ts'
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

/** Protocols that rules ask for by name and of which no flow is compared. */
export function otherProtocols(rulesets: readonly Ruleset[]): string[] {
  const numbers = rulesets.flatMap(rulesOf).flatMap(({ conditions }) => conditions.flatMap(numbersOf))
  return [...new Set(numbers)].map((number) => names[number] ?? String(number))
}

/** A negated condition asks for no protocol of its own. */
function numbersOf(condition: Condition): number[] {
  if (condition.kind !== 'field' || condition.field !== 'protocol' || condition.asked.negated) return []
  if (compared.some((number) => condition.in.contains(number))) return []
  return condition.in.intervals.flatMap(({ first, last }) => (first === last ? [first] : []))
}
