import { type Family, families } from '../../core/address.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { printTree } from '../../iptables/syntax/print.ts'
import { readTexts } from './loaded-rules.ts'

/**
 * What stands in the kernel once a family's texts are loaded, and what is set up beside it, as data: equal ones load as
 * the same, whatever their texts. Of what cannot be read here nobody knows what it loads as.
 */
export function loadedAs(texts: readonly RuleText[], family: Family): readonly unknown[] {
  const { tree, failed } = readTexts(texts, family)
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
  if (whyRefused(texts) !== undefined) return undefined
  return Object.fromEntries(
    families.map((family) => [family, printTree(readTexts(texts, family).tree)] as const),
  ) as Record<Family, string>
}

/** What is wrong with the first line that is refused when texts are loaded one after the other. */
export function whyRefused(texts: readonly RuleText[]): string | undefined {
  const failed = families.map((family) => readTexts(texts, family).failed)
  return failed.find((error) => error !== undefined)?.line
}
