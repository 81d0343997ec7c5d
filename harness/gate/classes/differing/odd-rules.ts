import { isDeepStrictEqual } from 'node:util'
import type { Condition } from '../../../netfilter/condition.ts'
import type { Base, Ruleset } from '../../../netfilter/ruleset.ts'
import { Keys } from './condition-key.ts'
import { difference, joined } from './joined-rules.ts'
import type { Literal } from './known-packet.ts'
import { type Kind, type MetChain, type MetRule, metRules } from './met-rules.ts'
import { type WayApart, waysApart } from './ways-apart.ts'

/** What a packet must be for one side to do with it what the other one does not do in the same place. */
export interface Odd {
  literals: readonly Literal[]
  /**
   * What else it is asked of interfaces; undefined where rules were held against each other and no way was followed, so
   * that what is asked before is not known.
   */
  open?: readonly Literal[]
  /** No packets come there but the first ones of their connections. */
  isFirst: boolean
  /** Where in its way a packet meets that; anywhere, where it is not said. */
  base?: Base
}

/** How many rules of two chains are held against each other. */
const mostPairs = 1_000_000

/**
 * Where two rulesets part: a packet that meets none of these is treated alike by both, since it matches the same rules
 * in the same order, or others that do the same.
 * @returns undefined where that cannot be said: chains are not at the same hooks, or are too long.
 */
export function oddRules(rulesets: readonly [Ruleset, Ruleset], kindIn: (isNat: boolean) => Kind): Odd[] | undefined {
  const keys = new Keys()
  const found: Odd[] = []
  const names = new Set(rulesets.flatMap(({ tables }) => [...tables.keys()]))
  for (const name of names) {
    const tables = rulesets.map((ruleset) => ruleset.tables.get(name))
    const isNat = tables.every((table) =>
      [...(table?.chains.values() ?? [])].every(({ base }) => base === undefined || base.type === 'nat'),
    )
    const kind = kindIn(isNat)
    const [ours = noChains, theirs = noChains] = tables.map((table) => table && metRules(table, kind))
    const bases = basesOf(ours, theirs)
    if (bases === undefined) return undefined
    for (const [chain, base] of bases) {
      const ways = oddIn([ours, theirs], chain, base, keys)
      if (ways === undefined) return undefined
      found.push(...ways.map((way) => ({ ...way, isFirst: kind.isFirst === true, base })))
    }
  }
  return found
}

type Chains = ReadonlyMap<string, MetChain>
const noChains: Chains = new Map()

/** All base chains by name, if those of both sides are at the same hooks; one that accepts by itself may be missing. */
function basesOf(ours: Chains, theirs: Chains): [string, Base][] | undefined {
  const bases = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((name): [string, Base][] => {
    const base = ours.get(name)?.base ?? theirs.get(name)?.base
    return base === undefined ? [] : [[name, base]]
  })
  const isAlike = bases.every(([name, { policy, type }]) => {
    const [own, other] = [ours.get(name), theirs.get(name)]
    if (own !== undefined && other !== undefined) return isDeepStrictEqual(own.base, other.base)
    // One of type route has the kernel look for another route, whatever its rules are.
    return policy === 'accept' && type !== 'route'
  })
  return isAlike ? bases : undefined
}

/** What is odd on the way through a base chain: found rule by rule and, where something is, by all ways through it. */
function oddIn(
  chains: readonly [Chains, Chains],
  name: string,
  base: Base,
  keys: Keys,
): (WayApart | Pick<WayApart, 'literals'>)[] | undefined {
  const byRule = oddByRule(chains, name, keys)
  if (byRule?.length === 0) return []
  return waysApart(chains, base, name, keys) ?? byRule?.map((literals) => ({ literals }))
}

/** The chains that packets come to from a base chain, side by side. */
function oddByRule([ours, theirs]: readonly [Chains, Chains], base: string, keys: Keys): Literal[][] | undefined {
  // Chains of one side alone are nameless: one that is called otherwise on the other side does the same.
  const nameOf = (chain: string): string => (ours.has(chain) && theirs.has(chain) ? chain : '')
  const found: Literal[][] = []
  const reached = new Map([[`${base} ${base}`, [base, base] as const]])
  for (const [chain, another] of reached.values()) {
    const [own, other] = [ours.get(chain)?.rules ?? [], theirs.get(another)?.rules ?? []]
    const lined = linedUp(
      joined(own, keys),
      joined(other, keys),
      (rule) => keys.statements(rule.statements, nameOf),
      keys,
    )
    if (lined === undefined) return undefined
    found.push(...lined.odd.map((literals) => [...literals]))
    for (const both of lined.both) {
      const [to, there] = both.map(({ statements }) => statements.find((one) => 'chain' in one)?.chain)
      if (to !== undefined && there !== undefined) reached.set(`${to} ${there}`, [to, there])
    }
  }
  return found
}

/** @property both rules that do the same on both sides. @property odd what a packet meets of which only one side acts. */
interface LinedUp {
  both: (readonly [MetRule, MetRule])[]
  odd: (readonly Literal[])[]
}

/** Two chains side by side: the same rules, those that do the same under other conditions, and those of one side alone. */
function linedUp(
  ours: readonly MetRule[],
  theirs: readonly MetRule[],
  does: (rule: MetRule) => string,
  keys: Keys,
): LinedUp | undefined {
  const asksAndDoes = (rule: MetRule): string => `${keys.conditions(rule.conditions)} ${does(rule)}`
  const same = alignment(ours, theirs, asksAndDoes)
  if (same === undefined) return undefined
  const lined: LinedUp = { both: [], odd: [] }
  let [own, other] = [0, 0]
  for (const [at, with_] of [...same, [ours.length, theirs.length] as const]) {
    const gap = [ours.slice(own, at), theirs.slice(other, with_)] as const
    const alike = alignment(...gap, does)
    if (alike === undefined) return undefined
    const [lone, others] = gap.map((rules, side) =>
      rules.filter((_, index) => !alike.some((pair) => pair[side] === index)),
    )
    lined.odd.push(...[...(lone ?? []), ...(others ?? [])].map(({ conditions }) => conditions.map(met)))
    for (const [one, another] of alike) {
      const [before, after] = [gap[0][one], gap[1][another]]
      if (before === undefined || after === undefined) continue
      lined.odd.push(...onlyOne(before, after, keys), ...onlyOne(after, before, keys))
      lined.both.push([before, after])
    }
    const [rule, its] = [ours[at], theirs[with_]]
    if (rule !== undefined && its !== undefined) lined.both.push([rule, its])
    ;[own, other] = [at + 1, with_ + 1]
  }
  return lined
}

const met = (condition: Condition): Literal => ({ condition, holds: true })

/** What matches a rule and not another one: it fails one of those conditions of the other that the first does not have. */
function onlyOne({ conditions }: MetRule, other: MetRule, keys: Keys): Literal[][] {
  const own = new Set(conditions.map((condition) => keys.of(condition)))
  return other.conditions
    .filter((condition) => !own.has(keys.of(condition)))
    .map((condition) => {
      const replaced = conditions.map((one) => difference(one, condition) ?? one)
      const isSaid = replaced.some((one, at) => one !== conditions[at])
      return [...replaced.map(met), ...(isSaid ? [] : [{ condition, holds: false }])]
    })
}

/**
 * The longest common subsequence of two lists, by a text for each member.
 * @returns pairs of places; undefined where the lists are too long.
 */
function alignment<T>(
  ours: readonly T[],
  theirs: readonly T[],
  textOf: (one: T) => string,
): (readonly [number, number])[] | undefined {
  const [a, b] = [ours.map(textOf), theirs.map(textOf)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const [rows, columns] = [a.length - end - start, b.length - end - start]
  if (rows * columns > mostPairs) return undefined
  /** How long the longest one is from a pair of places on. */
  const lengths = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1))
  const from = (row: number, column: number): number => lengths[row]?.[column] ?? 0
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1)
      (lengths[row] as Uint32Array)[column] =
        a[start + row] === b[start + column]
          ? from(row + 1, column + 1) + 1
          : Math.max(from(row + 1, column), from(row, column + 1))
  const pairs: [number, number][] = Array.from({ length: start }, (_, index) => [index, index])
  for (let [row, column] = [0, 0]; row < rows && column < columns; )
    if (a[start + row] === b[start + column]) pairs.push([start + row++, start + column++])
    else if (from(row + 1, column) >= from(row, column + 1)) row += 1
    else column += 1
  for (let index = end; index > 0; index -= 1) pairs.push([a.length - index, b.length - index])
  return pairs
}
