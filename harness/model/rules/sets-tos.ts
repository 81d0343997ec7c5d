import { does } from '../../netfilter/does.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'

const known = new WeakMap<Ruleset, boolean>()

/** Whether some rule sets DSCP or ECN: nobody here follows what becomes of them then. */
export function setsTos(ruleset: Ruleset): boolean {
  const found = known.get(ruleset) ?? rulesOf(ruleset).some((rule) => does(rule, 'tos'))
  known.set(ruleset, found)
  return found
}
