import type { Family } from '../../core/address.ts'
import { listed } from '../../core/conjoined.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { strangerOf } from '../programs.ts'
import { type Located, type Reach, reachOf, type Unmatched } from '../reach/reach.ts'
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
      for (const [key, some] of Map.groupBy(
        unentered,
        ({ table, chain }) => `${table} ${otherProgramOf(chain.name) ?? chain.name}`,
      ))
        yield unreachableCase(ruleset, key, some)
    }
  },
} satisfies Detector

/** Whose a chain is, where that is no mesh: what such a program makes for all cases is nobody's mistake here. */
function otherProgramOf(chain: string): string | undefined {
  const stranger = strangerOf(chain, [])
  return stranger?.isMesh === false ? stranger.name : undefined
}

/** @param some of one table, all of them one other program's or only one chain. */
function unreachableCase(ruleset: Ruleset, key: string, some: Reach['unentered']): Finding {
  const rules = some.flatMap(({ table, chain }) => rulesIn(ruleset, { name: table }, chain))
  const names = some.map(({ chain }) => chain.name)
  const [{ table, chain } = { table: '', chain: undefined }] = some
  const program = some.length > 1 ? otherProgramOf(chain?.name ?? '') : undefined
  return caseOf(unreachable, {
    key,
    what: `nothing leads to ${listed(names)} of table ${table}${program === undefined ? '' : `, which are of ${program}`}: ${some.length > 1 ? 'their' : 'its'} ${rules.length === 1 ? 'rule does' : `${rules.length} rules do`} nothing`,
    rules: some
      .flatMap((each) => rulesIn(ruleset, { name: each.table }, each.chain).slice(0, 1))
      .map(({ place }) => place),
  })
}

function unmatchedCase({ rulesets }: RulesAlone, family: Family, one: Located & Unmatched): Finding {
  const place = placeOfRule(family, one)
  const key = `${one.table} ${place.text}`
  const name = `rule ${one.number} of ${one.chain}`
  const program = otherProgramOf(one.chain)
  const whose = program === undefined ? {} : { severity: 'note' as const }
  const told = program === undefined ? '' : `; the chain is of ${program}`
  if (one.why === 'contradictory') {
    const why = {
      itself: 'its conditions exclude each other',
      hooks: `at ${listed([...one.hooks])} no packet meets its conditions`,
      entry: 'nothing that it asks for is sent to its chain',
    }[one.because]
    return caseOf(contradictory, { key, what: `${name} never matches: ${why}${told}`, rules: [place], ...whose })
  }
  const by = one.by.map((rule) => placeOfRule(rulesets[family].family, rule))
  const isSame = one.by.every(({ rule }) => JSON.stringify(rule.statements) === JSON.stringify(one.rule.statements))
  const names = listed(one.by.map(({ chain, number }) => `rule ${number} of ${chain}`))
  return caseOf(isSame ? redundant : shadowed, {
    key,
    what: `${name} never matches: ${names} ${one.by.length === 1 ? 'takes' : 'take'} all that it asks for${told}`,
    rules: [place, ...by],
    ...whose,
  })
}
