import type { Branch, Decision, DecisionField, Edge } from './decision.ts'
import { type Interval, IntervalSet } from './interval-set.ts'

/** One value of a set of tuples: in each dimension a range. */
export interface Entry {
  ranges: readonly Interval<bigint>[]
  /** How specific it is, in each dimension: of several that hold a tuple, the most specific decides. */
  ranks: readonly number[]
  /** Whether a tuple that it decides lies in the set. */
  holds: boolean
}

/** A dimension of the tuples. */
export interface AskedDimension {
  field: DecisionField
  domain: Interval<bigint>
  mask?: bigint
  /** Of entries that have a value in their range, the less specific ones are not asked for the rest. */
  isExclusive?: true
}

/** How many entries are looked at, all in all, to find out what they come to. */
const mostLooks = 4_000_000

/**
 * What a set of tuples comes to as questions, one after the other. Values that lead to the same answers share an edge.
 * @returns undefined where too many entries overlap to be told apart.
 */
export function decide(dimensions: readonly AskedDimension[], entries: readonly Entry[]): Decision | undefined {
  try {
    return new Decider(dimensions, entries).from(entries, 0)
  } catch (thrown) {
    if (thrown instanceof TooMany) return undefined
    throw thrown
  }
}

class TooMany extends Error {}

class Decider {
  readonly #dimensions: readonly AskedDimension[]
  /** By what entries ask from a dimension on. */
  readonly #known = new Map<string, Decision>()
  readonly #texts = new Map<Entry, string[]>()
  /** In which order they were added, where that may matter. */
  readonly #places: ReadonlyMap<Entry, number>
  #looks = 0

  constructor(dimensions: readonly AskedDimension[], entries: readonly Entry[]) {
    this.#dimensions = dimensions
    this.#places = new Map(isRanked(entries) ? entries.map((entry, index) => [entry, index]) : [])
  }

  from(entries: readonly Entry[], depth: number): Decision {
    const dimension = this.#dimensions[depth]
    if (entries.length === 0) return false
    if (dimension === undefined) return isRanked(entries) ? mostSpecific(this.#inOrder(entries)).holds : true
    const key = `${depth} ${this.#keyOf(entries, depth)}`
    const found = this.#known.get(key) ?? this.#branch(dimension, entries, depth)
    this.#known.set(key, found)
    return found
  }

  #branch({ field, domain, mask, isExclusive }: AskedDimension, entries: readonly Entry[], depth: number): Decision {
    const byThen = new Map<Decision, Interval<bigint>[]>()
    const note = (then: Decision, interval: Interval<bigint>): void => {
      if (interval.first > interval.last) return
      const known = byThen.get(then)
      if (known === undefined) byThen.set(then, [interval])
      else known.push(interval)
    }
    let next = domain.first
    for (const { first, last, active } of this.#stretches(entries, depth)) {
      note(false, { first: next, last: first - 1n })
      const asked = isExclusive ? exclusive(active, depth) : active
      note(this.from(asked, depth + 1), { first, last })
      next = last + 1n
    }
    note(false, { first: next, last: domain.last })
    const edges = [...byThen].map(([then, parts]): Edge => ({ in: IntervalSet.from(domain, parts), then }))
    const [only] = edges
    if (edges.length === 1 && only !== undefined) return only.then
    return { field, edges, ...(mask !== undefined && { mask }) } satisfies Branch
  }

  /** Where the same entries hold, from the smallest value on. */
  *#stretches(entries: readonly Entry[], depth: number): Generator<Interval<bigint> & { active: Entry[] }> {
    const starts = entries.toSorted((a, b) => (rangeOf(a, depth).first < rangeOf(b, depth).first ? -1 : 1))
    // Those that do not overlap are in that order by now.
    const ends = starts.toSorted((a, b) => (rangeOf(a, depth).last < rangeOf(b, depth).last ? -1 : 1))
    const active = new Set<Entry>()
    let [started, ended, at] = [0, 0, 0n]
    while (ended < ends.length) {
      const start = starts[started] && rangeOf(starts[started] as Entry, depth).first
      const end = rangeOf(ends[ended] as Entry, depth).last
      const isStart = start !== undefined && start <= end
      const border = isStart ? start : end + 1n
      if (active.size > 0 && border > at) {
        this.#looks += active.size
        if (this.#looks > mostLooks) throw new TooMany()
        yield { first: at, last: border - 1n, active: [...active] }
      }
      at = border
      if (isStart) active.add(starts[started++] as Entry)
      else active.delete(ends[ended++] as Entry)
    }
  }

  /** Where all hold, it is of no account which of several decides; otherwise their ranks and their order count. */
  #keyOf(entries: readonly Entry[], depth: number): string {
    const [first] = entries
    const isOfRanks = isRanked(entries)
    if (entries.length === 1 && first !== undefined) return this.#textOf(first, depth, isOfRanks)
    if (isOfRanks)
      return this.#inOrder(entries)
        .map((entry) => this.#textOf(entry, depth, true))
        .join(';')
    return [...new Set(entries.map((entry) => this.#textOf(entry, depth, false)))].sort().join(';')
  }

  #inOrder(entries: readonly Entry[]): Entry[] {
    return entries.toSorted((a, b) => (this.#places.get(a) ?? 0) - (this.#places.get(b) ?? 0))
  }

  #textOf(entry: Entry, depth: number, isOfRanks: boolean): string {
    const texts = this.#texts.get(entry) ?? []
    this.#texts.set(entry, texts)
    texts[depth] ??= entry.ranges
      .slice(depth)
      .map(({ first, last }) => `${first}-${last}`)
      .join()
    return isOfRanks ? `${texts[depth]} ${entry.holds} ${entry.ranks.join()}` : texts[depth]
  }
}

/** Whether it matters which of several entries decides. */
const isRanked = (entries: readonly Entry[]): boolean => entries.some(({ holds }) => !holds)

const rangeOf = ({ ranges }: Entry, depth: number): Interval<bigint> => ranges[depth] as Interval<bigint>

function exclusive(entries: readonly Entry[], depth: number): Entry[] {
  const most = entries.reduce((rank, { ranks }) => Math.max(rank, ranks[depth] ?? 0), 0)
  return entries.filter(({ ranks }) => (ranks[depth] ?? 0) === most)
}

/**
 * The kernel looks for the longest prefixes first, of several dimensions the first one's (mtype_test_cidrs); what is
 * added once more is what it was the last time (mtype_add).
 */
const mostSpecific = (entries: readonly Entry[]): Entry =>
  entries.reduce((one, other) => {
    const at = one.ranks.findIndex((rank, index) => rank !== other.ranks[index])
    return at < 0 || (other.ranks[at] ?? 0) > (one.ranks[at] ?? 0) ? other : one
  })
