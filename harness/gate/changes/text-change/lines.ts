import { type Chain, type Ruleset, ruleText } from '../../../netfilter/ruleset.ts'
import { type Sides, sideNames, type SideName } from '../../compared/sides.ts'

/** A rule of one side's text, or a chain's policy. */
export interface TextLine {
  side: SideName
  table: string
  chain: string
  /** `-A CHAIN …` as `iptables-save` prints it, or `:CHAIN POLICY`. */
  text: string
  /** Where it stands in its side's text, from 1; absent of a policy, which may be nobody's. */
  line?: number
}

/** Which chain of the baseline stands in the candidate under another name: `nat OLD` → `NEW`. */
export type Renames = ReadonlyMap<string, string>

/** How much of two chains' rules is the same where one is the other by another name; of their words more. */
const [leastSameRules, leastSameWords] = [0.4, 0.8]

/** Every rule of a side, chain by chain. */
export function linesOf(side: SideName, { tables }: Ruleset): TextLine[] {
  return [...tables.values()].flatMap(({ name: table, chains }) =>
    [...chains.values()].flatMap((chain) =>
      chain.rules.map((rule) => ({
        side,
        table,
        chain: chain.name,
        text: ruleText(chain.name, rule),
        line: rule.origin.place.line,
      })),
    ),
  )
}

/** What two lines share if they say the same: the names of chains as the candidate has them. */
export function sameWords({ side, table, text }: Pick<TextLine, 'side' | 'table' | 'text'>, renames: Renames): string {
  const renamed = side === 'candidate' || renames.size === 0
  const words = renamed ? text : text.replace(/(^-A |-[jg] )(\S+)/g, (_, option, name) => option + newName(name))
  return `${table} ${words}`

  function newName(name: string): string {
    return renames.get(`${table} ${name}`) ?? name
  }
}

/**
 * Chains that only one side has, paired where much of what they do is the same: they have other names, and rules of
 * theirs may have changed as well.
 */
export function renamesBetween(rulesets: Sides<Ruleset>): Renames {
  const found = new Map<string, string>()
  for (const [table, { chains }] of rulesets.baseline.tables) {
    const others = rulesets.candidate.tables.get(table)?.chains ?? new Map<string, Chain>()
    const gone = [...chains.values()].filter(({ name }) => !others.has(name))
    const made = [...others.values()].filter(({ name }) => !chains.has(name))
    const own = new Set([...gone, ...made].map(({ name }) => name))
    const pairs = gone
      .flatMap((old) => made.map((now) => ({ old, now, alike: alikeChains(bodyOf(old, own), bodyOf(now, own)) })))
      .filter(({ alike }) => alike > 0 && alike >= leastSameRules)
      .sort((a, b) => b.alike - a.alike)
    const taken = new Set<Chain>()
    for (const { old, now } of pairs) {
      if (taken.has(old) || taken.has(now)) continue
      taken.add(old).add(now)
      found.set(`${table} ${old.name}`, now.name)
    }
  }
  return found
}

/** A chain's rules without the names that differ in any case. */
const bodyOf = ({ rules }: Chain, names: ReadonlySet<string>): string[] =>
  rules.map(({ origin }) =>
    origin.text.replace(/(-[jg] )(\S+)/, (all, option, name) => (names.has(name) ? option : all)),
  )

/** A chain of one rule that has another value shares no rule, but most of its words. */
function alikeChains(some: readonly string[], others: readonly string[]): number {
  const words = (rules: readonly string[]): string[] => rules.flatMap((rule) => rule.split(' '))
  const byWords = alike(words(some), words(others))
  return Math.max(alike(some, others), byWords >= leastSameWords ? byWords / 2 : 0)
}

/** How much of two lists is the same, from 0 to 1 (Sørensen–Dice). */
export function alike(some: readonly string[], others: readonly string[]): number {
  const left = new Map<string, number>()
  for (const word of others) left.set(word, (left.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of some) {
    const count = left.get(word) ?? 0
    if (count > 0) shared += 1
    left.set(word, count - 1)
  }
  return some.length + others.length === 0 ? 0 : (2 * shared) / (some.length + others.length)
}

/** Policies of base chains that are not the same on both sides. A table that is not there accepts. */
export function changedPolicies(rulesets: Sides<Ruleset>): TextLine[] {
  const policies = (side: SideName) =>
    new Map(
      [...rulesets[side].tables.values()].flatMap(({ name: table, chains }) =>
        [...chains.values()].flatMap(({ name, base }) =>
          base === undefined ? [] : [[`${table} ${name}`, base.policy] as const],
        ),
      ),
    )
  const all = { baseline: policies('baseline'), candidate: policies('candidate') }
  const places = new Set([...all.baseline.keys(), ...all.candidate.keys()])
  return [...places].flatMap((place) => {
    const [table = '', chain = ''] = place.split(' ')
    const of = (side: SideName): string => all[side].get(place) ?? 'accept'
    if (of('baseline') === of('candidate')) return []
    return sideNames.map((side) => ({ side, table, chain, text: `:${chain} ${of(side).toUpperCase()}` }))
  })
}
