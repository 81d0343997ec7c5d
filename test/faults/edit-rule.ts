import type { Clause, Rule, Target } from './rule.ts'

/** The rule without one clause. A module that later clauses still need is loaded before them. */
export function withoutClause(rule: Rule, index: number): Rule {
  const clauses = [...rule.clauses]
  const [removed] = clauses.splice(index, 1)
  const next = clauses[index]
  if (
    removed?.module !== undefined &&
    next !== undefined &&
    next.module === undefined &&
    next.option.startsWith('--')
  ) {
    clauses[index] = withText({ ...next, module: removed.module })
  }
  return { ...rule, clauses }
}

/** The rule with one clause meaning the opposite. */
export function withNegation(rule: Rule, index: number): Rule {
  return replaceClause(rule, index, (clause) => ({ ...clause, negated: !clause.negated }))
}

/** The rule with other values in one clause, such as another port or address. */
export function withValues(rule: Rule, index: number, values: readonly string[]): Rule {
  return replaceClause(rule, index, (clause) => ({ ...clause, values }))
}

/** The rule with another target. */
export function withTarget(rule: Rule, name: string, options: readonly string[] = []): Rule {
  const target: Target = { name, options, text: ` ${['-j', name, ...options].join(' ')}` }
  return { ...rule, target }
}

function replaceClause(rule: Rule, index: number, change: (clause: Clause) => Clause): Rule {
  return { ...rule, clauses: rule.clauses.map((clause, at) => (at === index ? withText(change(clause)) : clause)) }
}

function withText(clause: Clause): Clause {
  const { module, negated, option, values } = clause
  const words = [
    ...(module === undefined ? [] : ['-m', module]),
    ...(negated ? ['!'] : []),
    ...(option === '' ? [] : [option]),
    ...values.map(quote),
  ]
  return { ...clause, text: ` ${words.join(' ')}` }
}

/** As iptables-save quotes a value, in words that both a shell and iptables-restore read alike. */
function quote(value: string): string {
  return /^[\w./:,+%-]+$/.test(value) ? value : `"${value.replace(/["\\$`]/g, '\\$&')}"`
}
