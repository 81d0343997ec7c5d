import { withNegation, withoutClause, withTarget, withValues } from './edit-rule.ts'
import { formatRule, parseRule, type Rule } from './rule.ts'

/** What a fault does to a rule text: its lines, and the places of the rules that it is about. */
export type Edit = (lines: string[], at: readonly number[]) => string[]

/** The rules' own address, which no list of a scenario has. */
const ownAddress = '127.0.0.1/32'

/** A rule by its meaning: `OSM_PROXY_INBOUND -i net1 -j RETURN`; which modules it loads does not matter. */
export function meaning({ chain, clauses, target }: Rule): string {
  const parts = clauses.map(({ negated, option, values }) => [negated ? '!' : '', option, ...values])
  return [chain, ...parts.flat(), ...(target === undefined ? [] : ['-j', target.name, ...target.options])]
    .filter((word) => word !== '')
    .join(' ')
}

/**
 * Whether a line of a payload, or a command, is the rule that a pattern describes; `*` stands for whatever a list has
 * there.
 */
export function means(line: string, pattern: string): boolean {
  const rule = parseRule(line, 'nat')
  const words = rule === undefined ? [] : meaning(rule).split(' ')
  const wanted = pattern.split(' ')
  return (
    words.length === wanted.length &&
    wanted.every((word, index) => (word === '*' ? words[index] !== ownAddress : word === words[index]))
  )
}

/** @throws Error if a line is no rule. */
function readRule(line: string): Rule {
  const rule = parseRule(line, 'nat')
  if (rule === undefined) throw new Error(`not a rule: ${line}`)
  return rule
}

/** @throws Error if a rule has no such clause. */
function clauseOf(rule: Rule, option: string): number {
  const index = rule.clauses.findIndex((clause) => clause.option === option)
  if (index < 0) throw new Error(`no ${option} in ${formatRule(rule)}`)
  return index
}

const each =
  (change: (rule: Rule) => Rule): Edit =>
  (lines, at) =>
    lines.map((line, index) => (at.includes(index) ? formatRule(change(readRule(line))) : line))

export const deleted: Edit = (lines, at) => lines.filter((_, index) => !at.includes(index))
/** The list loses its last entry that has a rule of its own. */
export const lastDeleted: Edit = (lines, at) => deleted(lines, at.slice(-1))
export const without = (option: string): Edit => each((rule) => withoutClause(rule, clauseOf(rule, option)))
export const negated = (option: string): Edit => each((rule) => withNegation(rule, clauseOf(rule, option)))
export const valued = (option: string, change: (value: string) => string): Edit =>
  each((rule) => {
    const index = clauseOf(rule, option)
    return withValues(rule, index, (rule.clauses[index]?.values ?? []).map(change))
  })
export const targeted = (name: string, ...options: string[]): Edit => each((rule) => withTarget(rule, name, options))
/** Another chain or hook, another option: the rule's text with one word replaced. */
export const reworded = (from: string, to: string): Edit => each((rule) => readRule(formatRule(rule).replace(from, to)))
export const prepended = reworded('-A ', '-I ')
export const appended = reworded('-I ', '-A ')

/** The rules come directly before the first rule of another meaning. */
export const movedBefore =
  (pattern: string): Edit =>
  (lines, at) => {
    const moved = lines.filter((_, index) => at.includes(index))
    const rest = deleted(lines, at)
    const place = rest.findIndex((line) => means(line, pattern))
    if (place < 0) return lines
    return [...rest.slice(0, place), ...moved, ...rest.slice(place)]
  }

/** The rules come last, behind everything else that is appended. */
export const movedLast: Edit = (lines, at) => {
  const rules = lines.findLastIndex((line) => parseRule(line, 'nat') !== undefined)
  const moved = lines.filter((_, index) => at.includes(index))
  return [...deleted(lines.slice(0, rules + 1), at), ...moved, ...lines.slice(rules + 1)]
}

export const plus = (difference: number) => (value: string) => String(Number(value) + difference)
/** The first or the last port of a comma list is another one. */
export const firstPort = (difference: number) => (value: string) =>
  value.replace(/^\d+/, (port) => plus(difference)(port))
export const lastPort = (difference: number) => (value: string) =>
  value.replace(/\d+$/, (port) => plus(difference)(port))
export const lastPortLost = (value: string) => value.replace(/,\d+$/, '')
export const prefix = (difference: number) => (value: string) =>
  value.replace(
    /\/(\d+)$/,
    (_, length: string) => `/${Math.min(value.includes(':') ? 128 : 32, Math.max(0, Number(length) + difference))}`,
  )
