import type { PortRange } from '../core/port-range.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { Condition, Rule, Target } from '../iptables/tree.ts'
import { loadText } from './loaded-rules.ts'

/**
 * Every port that a rule text asks for or translates to, on either side. What the reader does not know, be it an option or the
 * whole text, is searched for whatever could be a port.
 */
export function portsNamedBy(text: RuleText): readonly PortRange[] {
  const { ruleset, failed } = loadText(text)
  if (failed !== undefined) return unique(wordsOf(text).flatMap(rangesIn))
  const chains = [...ruleset.tables.values()].flatMap((table) => [...table.chains.values()])
  return unique(chains.flatMap((chain) => chain.rules.flatMap(inRule)))
}

function inRule({ conditions, matches, target }: Rule): PortRange[] {
  const asked = [...conditions, ...matches.flatMap((match) => match.conditions)]
  return [...asked.flatMap(inCondition), ...(target === undefined ? [] : inTarget(target))]
}

function inCondition(condition: Condition): PortRange[] {
  if (condition.kind === 'ports') return condition.ranges
  return condition.kind === 'unknown' ? condition.values.flatMap(rangesIn) : []
}

function inTarget(target: Target): PortRange[] {
  switch (target.kind) {
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'masquerade':
      return target.ports === undefined ? [] : [target.ports]
    case 'tproxy':
      return [{ first: target.port, last: target.port }]
    case 'unknown':
      return target.values.flatMap(rangesIn)
    default:
      return []
  }
}

function wordsOf(text: RuleText): string[] {
  return text.form === 'restore'
    ? text.payload.split(/[\s"'=]+/)
    : text.commands.flatMap(({ argv }) => argv.flatMap((word) => word.split('=')))
}

/** `80`, `80:90`, `80-90`, `1024:`, `:1023`, lists of them, and what stands behind an address's colon. */
function rangesIn(word: string): PortRange[] {
  return word.split(',').flatMap((part) => {
    const [, first, separator, last] = /^(?:[^:]*[.\]][^:]*:)?(\d{0,5})(?:([:-])(\d{0,5}))?$/.exec(part) ?? []
    if (!first && !last) return []
    const range = { first: Number(first || 0), last: separator === undefined ? Number(first) : Number(last || 65535) }
    return range.first <= range.last && range.last <= 65535 ? [range] : []
  })
}

function unique(ranges: readonly PortRange[]): PortRange[] {
  return [...new Map(ranges.map(({ first, last }) => [first * 65536 + last, { first, last }])).values()]
}
