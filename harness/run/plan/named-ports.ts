import { portsWritten } from '../../netfilter/field-questions.ts'
import type { PortRange } from '../../core/port-range.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Condition } from '../../netfilter/condition.ts'
import { type Rule, rulesOf } from '../../netfilter/ruleset.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { loadText } from '../predict/loaded-rules.ts'

/**
 * Every port that a rule text asks for or translates to, on either side. What the reader does not know, be it an option
 * or the whole text, is searched for whatever could be a port.
 * @param backend which loads it, if that is known.
 */
export function portsNamedBy(text: RuleText, backend?: Backend): readonly PortRange[] {
  const { ruleset, failed } = loadText(text, backend)
  if (failed !== undefined) return unique(wordsOf(text).flatMap(rangesIn))
  return unique(rulesOf(ruleset).flatMap(inRule))
}

const inRule = ({ conditions, statements }: Rule): PortRange[] => [
  ...conditions.flatMap(inCondition),
  ...statements.flatMap(inStatement),
]

const inCondition = (condition: Condition): readonly PortRange[] =>
  condition.kind === 'unknown' ? condition.values.flatMap(rangesIn) : portsWritten(condition)

function inStatement(statement: Statement): PortRange[] {
  switch (statement.kind) {
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'masquerade':
      return statement.ports === undefined ? [] : [statement.ports]
    case 'tproxy':
      return [{ first: statement.port, last: statement.port }]
    case 'unknown':
      return statement.values.flatMap(rangesIn)
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
