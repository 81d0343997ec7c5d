import type { Family } from '../../core/address.ts'
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
  return failed === undefined ? [printTree(tree), own.map(({ routing }) => routing), [...tree.sets.values()]] : own
}
