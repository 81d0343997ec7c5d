import { type Family, families as allFamilies } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { emptyRuleset, type Ruleset } from '../../netfilter/ruleset.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'

/** What the kernel executes of each family; nothing where no text is of it. */
export function rulesetsOf(texts: readonly RuleText[], backend: Backend): Record<Family, Ruleset> {
  const rulesets = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') }
  for (const text of texts) rulesets[text.family] = loadText(text, backend).ruleset
  return rulesets
}

/** Of a text that holds one family, nothing is known of the other; a builder's rules are all that there are. */
export const knownFamilies = (capture: { families: readonly Family[] } | undefined): readonly Family[] =>
  capture?.families ?? allFamilies
