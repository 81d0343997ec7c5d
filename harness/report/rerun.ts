import { quote } from '../core/shell-quote.ts'
import type { Check } from '../run/check.ts'
import type { ReporterContext } from './reporter.ts'

/** The command that runs one check and no other, ready to paste into a shell. */
export function rerunCommand({ id, location, backend, carried }: Check, context: ReporterContext): string {
  const file = context.path(location.file)
  const args = ['run', file, '--grep', `^${escapeExpression(id)}$`, '--iptables', backend, ...(carried ?? context.carried)]
  return `${context.program} ${args.map(quote).join(' ')}`
}

/** RegExp.escape also escapes a leading letter, which nobody could read. */
function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
