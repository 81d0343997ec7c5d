import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import type { RulesAlone } from '../subject.ts'
import { conjoined } from '../../core/conjoined.ts'
import { plural } from '../../core/plural.ts'
import { times } from '../../core/times.ts'
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

/** Rules that stand in their chain more than once; several of them have one cause, and are one case. */
export const doubled = {
  kinds: [jump, rule],
  *find({ families, rulesets }: RulesAlone): Iterable<Finding> {
    for (const family of families) {
      const ruleset = rulesets[family]
      const all = [...ruleset.tables.values()].flatMap((table) =>
        [...table.chains.values()].flatMap((chain) => sameIn(rulesIn(ruleset, table, chain))),
      )
      for (const some of Map.groupBy(all, ({ length }) => length).values())
        if (some.length < fewestTogether) yield* some.map(one)
        else yield together(some)
    }
  },
} satisfies Detector

/** Each set of rules of a chain that say the same. */
const sameIn = (rules: readonly PlacedRule[]): PlacedRule[][] =>
  rules.length < 2 ? [] : [...Map.groupBy(rules, ({ place }) => place.text).values()].filter(({ length }) => length > 1)

/** So many are no oversight in one rule: they were applied together. */
const fewestTogether = 3

function one(same: readonly PlacedRule[]): Finding {
  const [first] = same
  if (first === undefined) throw new Error('no rule stands more than once')
  const { table, chain, place } = first
  const target = targetOf(first.rule)
  return caseOf(target === undefined ? rule : jump, {
    key: `${table} ${place.text}`,
    what:
      target === undefined
        ? `${chain} has the same rule ${times(same.length)}`
        : `${chain} jumps to ${target} ${times(same.length)}`,
    rules: same.map((each) => each.place),
  })
}

function together(all: readonly (readonly PlacedRule[])[]): Finding {
  const rules = all.flat()
  const tables = [...new Set(rules.map(({ table }) => table))]
  const jumps = all.filter(([first]) => first !== undefined && targetOf(first.rule) !== undefined).length
  const isJumps = jumps === all.length
  const also = jumps === 0 || isJumps ? '' : `, ${plural(jumps, 'jump')} among them`
  const count = all[0]?.length ?? 0
  return caseOf(isJumps ? jump : rule, {
    key: `${tables.join(' ')} ${count} times`,
    what: `${plural(all.length, isJumps ? 'jump' : 'rule')} of ${tables.length === 1 ? 'table' : 'tables'} ${conjoined(tables)} stand ${times(count)}${also}: they were applied ${times(count)}`,
    rules: rules.map(({ place }) => place),
  })
}
