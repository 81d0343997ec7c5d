import { quote } from '../../core/shell-quote.ts'
import { conformanceName, isConformance } from '../../scenario/conformance.ts'
import type { Check } from '../../run/checks/check.ts'
import type { Caller } from './caller.ts'

/** The command that runs one check and no other, ready to paste into a shell. */
export function rerunCommand({ id, location, backend, carried }: Check, caller: Caller): string {
  const file = isConformance(location.file) ? conformanceName : caller.path(location.file)
  const args = [
    'run',
    file,
    '--grep',
    `^${escapeExpression(id)}$`,
    '--iptables',
    backend,
    ...(carried ?? caller.carried),
  ]
  return `${caller.program} ${args.map(quote).join(' ')}`
}

/** RegExp.escape also escapes a leading letter, which nobody could read. */
function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
