import type { Family } from '../../core/address.ts'
import { listed } from '../../core/conjoined.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { type Located, reachOf, type Unmatched } from '../reach/reach.ts'
import { placeOfRule, rulesIn } from '../rules.ts'
import type { RulesAlone } from '../subject.ts'

const shadowed: FindingKind = {
  code: 'rule-shadowed',
  severity: 'warning',
  title: 'A rule never matches, since rules before it do something else with all that it asks for',
  about:
    'Whoever wrote the rule meant it to act. The order of the rules decides, and an earlier one takes the same packets first.',
  remedy: 'Put the narrower rule first, or remove the one that never matches.',
}

const redundant: FindingKind = {
  code: 'rule-redundant',
  severity: 'note',
  title: 'A rule never matches, since rules before it do the same with all that it asks for',
  about: 'It makes no difference. Often it is what is left of an option that says again what another one says.',
  remedy: 'Nothing; it may be removed.',
}

const contradictory: FindingKind = {
  code: 'rule-contradictory',
  severity: 'warning',
  title: 'A rule never matches, since its conditions exclude each other',
  about:
    'No packet meets all of its conditions: they contradict each other, or they ask for what no packet has at that hook (an owner for what comes in, an incoming interface for what the pod sends), or nothing of that kind is sent to its chain.',
  remedy: 'See which of the conditions is meant; a rule for the other direction belongs in the other chain.',
}

const unreachable: FindingKind = {
  code: 'chain-unreachable',
  severity: 'note',
  title: 'Nothing leads to a chain with rules',
  about:
    'No rule that a packet can meet jumps to it, so that none of its rules does anything: the jump was removed, or never made.',
  remedy:
    'If the chain is the mesh’s, run its init container again; if it is what another program has left, remove it.',
}

/** Rules that no packet ever matches. */
export const unmatched = {
  kinds: [shadowed, redundant, contradictory, unreachable],
  *find(subject: RulesAlone): Iterable<Finding> {
    for (const family of subject.families) {
      const ruleset = subject.rulesets[family]
      const { unmatched: missed, unentered } = reachOf(ruleset)
      for (const one of missed) yield unmatchedCase(subject, family, one)
      for (const { table, chain } of unentered) {
        const rules = rulesIn(ruleset, { name: table }, chain)
        yield caseOf(unreachable, {
          key: `${table} ${chain.name}`,
          what: `nothing leads to ${chain.name} of table ${table}: ${rules.length === 1 ? 'its rule does' : `its ${rules.length} rules do`} nothing`,
          rules: rules.slice(0, 1).map(({ place }) => place),
        })
      }
    }
  },
} satisfies Detector

function unmatchedCase({ rulesets }: RulesAlone, family: Family, one: Located & Unmatched): Finding {
  const place = placeOfRule(family, one)
  const key = `${one.table} ${place.text}`
  const name = `rule ${one.number} of ${one.chain}`
  if (one.why === 'contradictory') {
    const why = {
      itself: 'its conditions exclude each other',
      hooks: `at ${listed([...one.hooks])} no packet meets its conditions`,
      entry: 'nothing that it asks for is sent to its chain',
    }[one.because]
    return caseOf(contradictory, { key, what: `${name} never matches: ${why}`, rules: [place] })
  }
  const by = one.by.map((rule) => placeOfRule(rulesets[family].family, rule))
  const isSame = one.by.every(({ rule }) => JSON.stringify(rule.statements) === JSON.stringify(one.rule.statements))
  const names = listed(one.by.map(({ chain, number }) => `rule ${number} of ${chain}`))
  return caseOf(isSame ? redundant : shadowed, {
    key,
    what: `${name} never matches: ${names} ${one.by.length === 1 ? 'takes' : 'take'} all that it asks for`,
    rules: [place, ...by],
  })
}
