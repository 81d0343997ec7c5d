import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import type { RulesAlone } from '../subject.ts'
import { times } from '../words.ts'
import { type PlacedRule, rulesIn, targetOf } from '../rules.ts'

const jump: FindingKind = {
  code: 'jump-doubled',
  severity: 'warning',
  title: 'A chain is entered twice from the same place',
  about:
    'The same jump stands in a chain more than once: the rules were applied twice, such as by an init container that was restarted, or by a CNI plugin and an init container both. What the chain lets go by RETURN is asked again.',
  remedy: 'Remove the later jump; have what applies the rules look whether they are there.',
}

const rule: FindingKind = {
  code: 'rule-doubled',
  severity: 'warning',
  title: 'A rule stands twice in its chain',
  about:
    'The rules were applied twice, or two options make the same rule. Counters count twice, and a change of one of the two leaves the other.',
  remedy: 'Remove the later one; clean up before rules are applied again.',
}

/** Rules that stand in their chain more than once. */
export const doubled = {
  kinds: [jump, rule],
  *find({ families, rulesets }: RulesAlone): Iterable<Finding> {
    for (const family of families) {
      const ruleset = rulesets[family]
      for (const table of ruleset.tables.values())
        for (const chain of table.chains.values()) yield* inChain(rulesIn(ruleset, table, chain))
    }
  },
} satisfies Detector

function* inChain(rules: readonly PlacedRule[]): Iterable<Finding> {
  if (rules.length < 2) return
  for (const same of Map.groupBy(rules, ({ place }) => place.text).values()) {
    const [first, ...others] = same
    if (first === undefined || others.length === 0) continue
    const target = targetOf(first.rule)
    const { table, chain, place } = first
    yield caseOf(target === undefined ? rule : jump, {
      key: `${table} ${place.text}`,
      what:
        target === undefined
          ? `${chain} has the same rule ${times(same.length)}`
          : `${chain} jumps to ${target} ${times(same.length)}`,
      rules: same.map((each) => each.place),
    })
  }
}
