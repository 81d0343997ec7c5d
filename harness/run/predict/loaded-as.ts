import { type Family, families } from '../../core/address.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { loadRules } from '../../iptables/ruleset/load.ts'
import { printTree } from '../../iptables/syntax/print.ts'

/**
 * What stands in the kernel once a family's texts are loaded, and what is set up beside it, as data: equal ones load as
 * the same, whatever their texts. Of what cannot be read here nobody knows what it loads as.
 */
export function loadedAs(texts: readonly RuleText[], family: Family): readonly unknown[] {
  const { tree, failed } = loadRules(texts, family)
  const own = texts.filter((text) => text.family === family)
  return failed === undefined
    ? [printTree(tree), own.flatMap(({ routing }) => routing ?? []), [...tree.sets.values()]]
    : own
}

/**
 * What iptables-save prints once texts are loaded, which a builder is told that is asked again; undefined where one of
 * them is refused, since then nobody asks.
 */
export function currentAfter(texts: readonly RuleText[]): Readonly<Record<Family, string>> | undefined {
  const loaded = families.map((family) => [family, loadRules(texts, family)] as const)
  if (loaded.some(([, { failed }]) => failed !== undefined)) return undefined
  return Object.fromEntries(loaded.map(([family, { tree }]) => [family, printTree(tree)])) as Record<Family, string>
}
