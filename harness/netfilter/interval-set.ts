/** A number, or a bigint where 53 bits do not hold all values: addresses, names of interfaces. */
export type Scalar = number | bigint

/** From first to last, both included. */
export interface Interval<T extends Scalar> {
  first: T
  last: T
}

/** `15001`, `1-1024` */
export const rangeText = ({ first, last }: Interval<Scalar>): string =>
  first === last ? `${first}` : `${first}-${last}`

/** Yes, no, or unknown. */
export type Truth = boolean | 'unknown'

/** A set of whole numbers within a domain, as intervals in order with gaps between them. */
export class IntervalSet<T extends Scalar> {
  readonly domain: Interval<T>
  readonly intervals: readonly Interval<T>[]
  #complement: IntervalSet<T> | undefined
  #size: number | undefined
  #parts: Map<string, IntervalSet<T>> | undefined

  private constructor(domain: Interval<T>, intervals: readonly Interval<T>[]) {
    this.domain = domain
    this.intervals = intervals
  }

  /** @param parts in any order; they may overlap, and what lies outside the domain is left out. */
  static of<T extends Scalar>(domain: Interval<T>, ...parts: readonly Interval<T>[]): IntervalSet<T> {
    return IntervalSet.from(domain, parts)
  }

  /** The same of any number of parts: a call does not take as many arguments as a set may have members. */
  static from<T extends Scalar>(domain: Interval<T>, parts: readonly Interval<T>[]): IntervalSet<T> {
    const inside = parts.map(({ first, last }) => ({
      first: larger(first, domain.first),
      last: smaller(last, domain.last),
    }))
    const sorted = inside.filter(({ first, last }) => first <= last).sort((a, b) => (a.first < b.first ? -1 : 1))
    const merged: Interval<T>[] = []
    for (const part of sorted) {
      const previous = merged.at(-1)
      if (previous === undefined || part.first > after(previous.last)) merged.push(part)
      else previous.last = larger(previous.last, part.last)
    }
    return new IntervalSet(domain, merged)
  }

  static all<T extends Scalar>(domain: Interval<T>): IntervalSet<T> {
    return new IntervalSet(domain, [domain])
  }

  get isEmpty(): boolean {
    return this.intervals.length === 0
  }

  /** How many values it has; of many addresses about as many. */
  get size(): number {
    this.#size ??= this.intervals.reduce((sum, { first, last }) => sum + Number(last) - Number(first) + 1, 0)
    return this.#size
  }

  /** Whether it is the whole domain. */
  get isFull(): boolean {
    const [own] = this.intervals
    return own?.first === this.domain.first && own.last === this.domain.last
  }

  complement(): IntervalSet<T> {
    if (this.#complement !== undefined) return this.#complement
    this.#complement = this.#findComplement()
    this.#complement.#complement = this
    return this.#complement
  }

  #findComplement(): IntervalSet<T> {
    const { first, last } = this.domain
    const starts = [first, ...this.intervals.map((interval) => after(interval.last))]
    const ends = [...this.intervals.map((interval) => before(interval.first)), last]
    const gaps = starts.map((start, index) => ({ first: start, last: ends[index] as T }))
    return new IntervalSet(
      this.domain,
      gaps.filter((gap) => gap.first <= gap.last),
    )
  }

  /** @param other of the same domain. @returns this very set where it has all of the other one. */
  union(other: IntervalSet<T>): IntervalSet<T> {
    if (other === this || other.isEmpty || this.isFull) return this
    if (this.isEmpty || other.isFull) return other
    const merged: Interval<T>[] = []
    // Both are in order: whichever begins first comes next.
    for (let [own, its] = [0, 0]; ; ) {
      const [a, b] = [this.intervals[own], other.intervals[its]]
      const next = a === undefined || (b !== undefined && b.first < a.first) ? b : a
      if (next === undefined) break
      if (next === a) own += 1
      else its += 1
      const previous = merged.at(-1)
      if (previous === undefined || next.first > after(previous.last)) merged.push({ ...next })
      else previous.last = larger(previous.last, next.last)
    }
    return isSame(merged, this.intervals) ? this : new IntervalSet(this.domain, merged)
  }

  /** @param other of the same domain. @returns this very set, or the other one, where that has nothing else. */
  intersect(other: IntervalSet<T>): IntervalSet<T> {
    if (other === this || other.isFull) return this
    if (this.isFull) return other
    if (this.intervals.length * mostUneven < other.intervals.length) return other.#within(this)
    if (other.intervals.length * mostUneven < this.intervals.length) return this.#within(other)
    const common: Interval<T>[] = []
    let [own, its] = [0, 0]
    // Both are in order: whichever ends first meets nothing more of the other.
    while (own < this.intervals.length && its < other.intervals.length) {
      const a = this.intervals[own] as Interval<T>
      const b = other.intervals[its] as Interval<T>
      const first = larger(a.first, b.first)
      const last = smaller(a.last, b.last)
      if (first === a.first && last === a.last) common.push(a)
      else if (first === b.first && last === b.last) common.push(b)
      else if (first <= last) common.push({ first, last })
      if (a.last <= b.last) own += 1
      else its += 1
    }
    // Most sets that meet lie in each other: one set for what is the same lets others see that at once.
    if (isSame(common, this.intervals)) return this
    return isSame(common, other.intervals) ? other : new IntervalSet(this.domain, common)
  }

  /** What of it lies in a set of far fewer intervals: what lies in none of those is not looked at. */
  #within(few: IntervalSet<T>): IntervalSet<T> {
    if (this.intervals.length < remembersFrom) return this.#findWithin(few)
    // Of a long list the same few parts are asked for again and again.
    const key = few.intervals.map(rangeText).join()
    const known = this.#parts?.get(key)
    if (known !== undefined) return known
    const found = this.#findWithin(few)
    if (this.#parts === undefined || this.#parts.size >= mostParts) this.#parts = new Map()
    if (found.intervals.length >= remembersFrom) this.#parts.set(key, found)
    return found
  }

  #findWithin({ intervals }: IntervalSet<T>): IntervalSet<T> {
    const common: Interval<T>[] = []
    for (const { first, last } of intervals)
      for (let at = this.#indexFrom(first); ; at += 1) {
        const own = this.intervals[at]
        if (own === undefined || own.first > last) break
        const isInside = own.first >= first && own.last <= last
        common.push(isInside ? own : { first: larger(own.first, first), last: smaller(own.last, last) })
      }
    return new IntervalSet(this.domain, common)
  }

  /** The place of the first interval that does not end before a value. */
  #indexFrom(value: T): number {
    let [low, high] = [0, this.intervals.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.intervals[middle] as Interval<T>).last < value) low = middle + 1
      else high = middle
    }
    return low
  }

  contains(value: T): boolean {
    const around = this.intervals[this.#indexFrom(value)]
    return around !== undefined && around.first <= value
  }

  /** Whether one value out of several is in the set, of which nobody knows which one it is. */
  containsOneOf({ first, last }: Interval<T>): Truth {
    const around = this.intervals[this.#indexFrom(first)]
    if (around === undefined || around.first > last) return false
    return (around.first <= first && around.last >= last) || 'unknown'
  }

  /** Its intervals, as one where nothing of another set lies between them. @param all of the same domain. */
  intervalsAmong(all: IntervalSet<T>): Interval<T>[] {
    const parts: Interval<T>[] = []
    for (const { first, last } of this.intervals) {
      const previous = parts.at(-1)
      const isApart =
        previous === undefined || all.containsOneOf({ first: after(previous.last), last: before(first) }) !== false
      if (isApart) parts.push({ first, last })
      else previous.last = last
    }
    return parts
  }

  /** Some of its intervals, by their places. */
  part(from: number, to?: number): IntervalSet<T> {
    return new IntervalSet(this.domain, this.intervals.slice(from, to))
  }

  /**
   * The values on both sides of every border between the set and the rest, in order: of all others the set says what it
   * says of one of these.
   */
  boundaries(): T[] {
    const sides = [...this.intervals, ...this.complement().intervals]
    const values = sides.flatMap(({ first, last }) => (first === last ? [first] : [first, last]))
    return values.sort((a, b) => (a < b ? -1 : 1))
  }
}

/** Whether two lists have the same intervals. */
function isSame<T extends Scalar>(own: readonly Interval<T>[], others: readonly Interval<T>[]): boolean {
  if (own.length !== others.length) return false
  for (let at = 0; at < own.length; at += 1) {
    const a = own[at] as Interval<T>
    const b = others[at] as Interval<T>
    if (a !== b && (a.first !== b.first || a.last !== b.last)) return false
  }
  return true
}

/** A set of this many times as many intervals as another one is searched, in place of gone through. */
const mostUneven = 16
/** Parts of a set of at least so many intervals are remembered, if they have as many, and of each set so many parts. */
const [remembersFrom, mostParts] = [1024, 16]

/** The next whole number, and the one before. */
export const after = <T extends Scalar>(value: T): T =>
  (typeof value === 'bigint' ? value + 1n : Number(value) + 1) as T
export const before = <T extends Scalar>(value: T): T =>
  (typeof value === 'bigint' ? value - 1n : Number(value) - 1) as T
const larger = <T extends Scalar>(a: T, b: T): T => (a > b ? a : b)
const smaller = <T extends Scalar>(a: T, b: T): T => (a < b ? a : b)

/** Whether it has half of all values and more. */
export const isWide = ({ size, domain }: IntervalSet<Scalar>): boolean =>
  size * 2 >= Number(domain.last) - Number(domain.first)
