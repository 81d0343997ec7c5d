import type { MatchedRule } from '../../../flow/matched-rule.ts'
import type { Ruleset } from '../../../netfilter/ruleset.ts'
import { onSides, type SideName, sideNames, type Sides } from '../../compared/sides.ts'
import { alike, changedPolicies, linesOf, type Renames, renamesBetween, sameWords, type TextLine } from './lines.ts'

/** How many lines are shown where nobody can tell which of them it was. */
const mostLines = 6
/** From where on a line is taken for a changed one: another way to say something else shares less. */
const leastAlike = 0.5
/** What a line gains for standing between the same neighbours. */
const besideTheSame = 0.25

const known = new WeakMap<Ruleset, WeakMap<Ruleset, Texts>>()

/** Read once for any two rulesets: many flows part by the same ones. */
export function textsOf(rulesets: Sides<Ruleset>): Texts {
  const beside = known.get(rulesets.baseline) ?? new WeakMap<Ruleset, Texts>()
  known.set(rulesets.baseline, beside)
  const found = beside.get(rulesets.candidate) ?? new Texts(rulesets)
  beside.set(rulesets.candidate, found)
  return found
}

/** Both sides' lines, and which of them only one side has. */
export class Texts {
  readonly renames: Renames
  readonly #rulesets: Sides<Ruleset>
  readonly #lines: Sides<readonly TextLine[]>
  readonly #words: Sides<readonly string[]>
  readonly #known: Sides<ReadonlySet<string>>

  constructor(rulesets: Sides<Ruleset>) {
    this.#rulesets = rulesets
    this.renames = renamesBetween(rulesets)
    this.#lines = onSides((side) => linesOf(side, rulesets[side]))
    this.#words = onSides((side) => this.#lines[side].map((line) => sameWords(line, this.renames)))
    this.#known = onSides((side) => new Set(this.#words[side]))
  }

  /** The side that has no rules of the family at all, where the other has some. */
  get without(): SideName | undefined {
    const empty = sideNames.filter((side) => this.#lines[side].length === 0)
    return empty.length === 1 ? empty[0] : undefined
  }

  /** @param example a rule of the side that has some. */
  noRules(example: MatchedRule | undefined): { lines: TextLine[]; notes: string[] } {
    const { without = 'baseline' } = this
    const line = this.#at(without === 'baseline' ? 'candidate' : 'baseline', example)
    return {
      lines: line === undefined ? [] : [line],
      notes: [`the ${without} has no ${this.#rulesets[without].family} rules`],
    }
  }

  /** Whether both sides match the same rule next, or nothing more. */
  isSame({ baseline, candidate }: Sides<MatchedRule | undefined>): boolean {
    if (baseline === undefined || candidate === undefined) return baseline === candidate
    const [was, is] = [sameWords({ side: 'baseline', ...baseline }, this.renames), this.#wordsOf(candidate)]
    return isSameHook(baseline, candidate) && was === is
  }

  /** Whether the next rules are others, and both lead into the same chain. */
  leadsAlike({ baseline, candidate }: Sides<MatchedRule | undefined>): boolean {
    if (baseline === undefined || candidate === undefined || !isSameHook(baseline, candidate)) return false
    const { table, target = '' } = baseline
    const isChain = this.#rulesets.baseline.tables.get(table)?.chains.has(target) === true
    return isChain && candidate.target === (this.renames.get(`${table} ${target}`) ?? target)
  }

  /** What made the next matches differ; nothing where neither of them is a change, nor any policy. */
  made(next: Sides<MatchedRule | undefined>): TextLine[] {
    const [was, is] = [this.#at('baseline', next.baseline), this.#at('candidate', next.candidate)]
    const changed = [was, is].flatMap((line) => (line !== undefined && this.#isChanged(line) ? [line] : []))
    if (changed.length > 0) return this.#ordered(changed.flatMap((line) => [line, this.#partner(line)]))
    const moved = [was, is].find((line) => line !== undefined && this.#hasMoved(line))
    if (moved !== undefined) return this.#ordered([moved, this.#same(moved)])
    return changedPolicies(this.#rulesets).slice(0, mostLines)
  }

  /** Lines that only one side has, of the chains on the way, or else of any. */
  elsewhere(matched: readonly MatchedRule[]): TextLine[] {
    const chains = new Set(matched.flatMap(({ table, chain }) => [chain, this.renames.get(`${table} ${chain}`)]))
    const changed = sideNames.flatMap((side) => this.#lines[side].filter((line) => this.#isChanged(line)))
    const onTheWay = changed.filter(({ chain }) => chains.has(chain))
    return (onTheWay.length > 0 ? onTheWay : changed).slice(0, mostLines)
  }

  notes(next: Sides<MatchedRule | undefined>, lines: readonly TextLine[]): string[] {
    const missing = sideNames.flatMap((side): string[] => {
      const table = next[side === 'baseline' ? 'candidate' : 'baseline']?.table
      return table === undefined || this.#rulesets[side].tables.has(table) ? [] : [`the ${side} has no table ${table}`]
    })
    const renamed = new Set(lines.map(({ side, table, chain }) => side === 'baseline' && `${table} ${chain}`))
    const names = [...this.renames]
      .filter(([old]) => renamed.has(old))
      .map(([old, now]) => `${old} is called ${now} now`)
    const order = lines.length === 0 && missing.length === 0 ? this.#reordered() : []
    return [...missing, ...names, ...order]
  }

  #wordsOf({ table, text }: MatchedRule): string {
    return sameWords({ side: 'candidate', table, text }, this.renames)
  }

  #at(side: SideName, rule: MatchedRule | undefined): TextLine | undefined {
    if (rule === undefined) return undefined
    const { table, chain, text } = rule
    const same = this.#lines[side].filter((line) => line.table === table && line.text === text)
    // Where it stands in its chain, unless the chain was loaded twice.
    const number = this.#rulesets[side].tables.get(table)?.chains.get(chain)?.rules[rule.rule - 1]?.origin.place.line
    return same.find(({ line }) => line === number) ?? same[0] ?? { side, table, chain, text }
  }

  #isChanged(line: TextLine): boolean {
    return !this.#known[otherOf(line)].has(sameWords(line, this.renames))
  }

  /** The line of the other side that stands in its place, where neither has one that is more alike. */
  #partner(line: TextLine): TextLine | undefined {
    const found = this.#mostAlike(line)
    return found !== undefined && isSameLine(this.#mostAlike(found), line) ? found : undefined
  }

  /** The most alike line of those that only the other side has. */
  #mostAlike(line: TextLine): TextLine | undefined {
    const other = otherOf(line)
    const [words, own] = [bodyOf(line, this.renames), this.#neighbours(line)]
    const rated = this.#lines[other]
      .filter((candidate) => candidate.table === line.table && this.#isChanged(candidate))
      .map((candidate) => {
        const isBeside = this.#neighbours(candidate).some((words, at) => words !== '' && words === own[at])
        const likeness = alike(words, bodyOf(candidate, this.renames)) + (isBeside ? besideTheSame : 0)
        return { candidate, likeness: this.#chainOf(candidate) === this.#chainOf(line) ? likeness : likeness / 1.5 }
      })
      .filter(({ likeness }) => likeness >= leastAlike)
    return rated.sort((a, b) => b.likeness - a.likeness)[0]?.candidate
  }

  /** The lines before and after it, in words; empty at its chain's ends. */
  #neighbours({ side, line, text, table, chain }: TextLine): string[] {
    const lines = this.#lines[side]
    const at = lines.findIndex((other) => other.line === line && other.text === text && other.table === table)
    return [at - 1, at + 1].map((index) => {
      const beside = lines[index]
      const isNear = beside !== undefined && beside.table === table && beside.chain === chain
      return isNear ? sameWords(beside, this.renames) : ''
    })
  }

  #chainOf({ side, table, chain }: TextLine): string {
    return (side === 'baseline' ? this.renames.get(`${table} ${chain}`) : undefined) ?? chain
  }

  #same(line: TextLine): TextLine | undefined {
    const other = otherOf(line)
    return this.#lines[other][this.#words[other].indexOf(sameWords(line, this.renames))]
  }

  /** Whether other lines of its chain, that both sides have, stand before it on the other side. */
  #hasMoved(line: TextLine): boolean {
    return this.#before(line).join('\n') !== this.#before(this.#same(line)).join('\n')
  }

  #before(line: TextLine | undefined): string[] {
    if (line === undefined) return []
    const own = this.#lines[line.side].filter(({ table, chain }) => table === line.table && chain === line.chain)
    const words = own.map((other) => sameWords(other, this.renames))
    const before = words.slice(0, words.indexOf(sameWords(line, this.renames)))
    return before.filter((other) => this.#known[otherOf(line)].has(other)).sort()
  }

  #reordered(): string[] {
    const words = (side: SideName, place: string): string =>
      this.#words[side].filter((_, index) => placeOf(this.#lines[side][index]) === place).join('\n')
    const found = this.#lines.baseline.find(
      (line) =>
        words('baseline', placeOf(line)) !== words('candidate', placeOf({ ...line, chain: this.#chainOf(line) })),
    )
    return found === undefined ? [] : [`the rules of ${placeOf(found)} stand in another order`]
  }

  /** What went before what came, each in the order of its text; nothing twice. */
  #ordered(lines: readonly (TextLine | undefined)[]): TextLine[] {
    const known = new Map(lines.flatMap((line) => (line ? [[JSON.stringify(line), line] as const] : [])))
    return [...known.values()].sort(
      (a, b) => sideNames.indexOf(a.side) - sideNames.indexOf(b.side) || (a.line ?? 0) - (b.line ?? 0),
    )
  }
}

const isSameHook = (one: MatchedRule, other: MatchedRule): boolean =>
  one.hook === other.hook && one.table === other.table && one.packet === other.packet

const isSameLine = (one: TextLine | undefined, other: TextLine): boolean =>
  one?.text === other.text && one.line === other.line

const otherOf = ({ side }: TextLine): SideName => (side === 'baseline' ? 'candidate' : 'baseline')

const placeOf = (line: Pick<TextLine, 'table' | 'chain'> | undefined): string =>
  line === undefined ? '' : `${line.table} ${line.chain}`

/** A rule's words behind its chain. */
const bodyOf = (line: TextLine, renames: Renames): string[] => sameWords(line, renames).split(' ').slice(3)
