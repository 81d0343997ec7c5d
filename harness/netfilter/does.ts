import type { Rule } from './ruleset.ts'
import type { Statement } from './statement.ts'

/** Whether a rule does one of these to a packet that it matches. */
export const does = ({ statements }: Pick<Rule, 'statements'>, ...kinds: readonly Statement['kind'][]): boolean =>
  statements.some(({ kind }) => kinds.includes(kind))
