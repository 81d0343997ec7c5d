import { type Family, families as allFamilies } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { emptyRuleset, type Ruleset } from '../../netfilter/ruleset.ts'
import { refusedByNft } from '../../iptables/syntax/rule-options.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'

/** What the kernel executes of each family; nothing where no text is of it. */
export function rulesetsOf(texts: readonly RuleText[], backend: Backend): Record<Family, Ruleset> {
  const rulesets = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') }
  for (const text of texts) rulesets[text.family] = loadText(text, backend).ruleset
  return rulesets
}

/**
 * The first rule that iptables-nft is known to refuse, whatever the kernel: what else the text says of its table is not
 * loaded then.
 */
export function refusedRule(texts: readonly RuleText[], backend: Backend): string | undefined {
  const rules = Object.values(rulesetsOf(texts, backend)).flatMap(({ tables }) =>
    [...tables.values()].flatMap(({ chains }) => [...chains.values()].flatMap(({ rules: own }) => own)),
  )
  const refused = rules.find(({ conditions }) =>
    conditions.some((condition) => condition.kind === 'unknown' && condition.why === refusedByNft),
  )
  return refused && `line ${refused.origin.place.line} (${refused.origin.text}): ${refusedByNft}`
}

/** Of a text that holds one family, nothing is known of the other; a builder's rules are all that there are. */
export const knownFamilies = (capture: { families: readonly Family[] } | undefined): readonly Family[] =>
  capture?.families ?? allFamilies
