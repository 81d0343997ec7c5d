import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { type Box, type Dimension, dimensionsOf, type Frame, type Point, type ValueSet } from '../boxes/frame.ts'

/** That a flow's value in one dimension lies in a set. */
export interface Constraint {
  dimension: Dimension
  set: ValueSet
}

const none: readonly Dimension[] = []

/**
 * How many constraints are gathered before they are met, how many of them are met one by one, and how many gaps each of
 * the others may have.
 */
const [mostGathered, fewGathered, mostGaps] = [4096, 16, 16]

/** The flows around one that get the same answers, narrowed down as more is known to be asked. */
export class Cell {
  readonly #sets: Partial<Record<Dimension, ValueSet>>
  /**
   * What each dimension has still to be narrowed down by. Every rule of a long list leaves a gap: met one by one, they
   * would take the square of its length.
   */
  readonly #gathered = new Map<Dimension, Set<ValueSet>>()
  readonly #within: Box
  readonly point: Point

  /** @param within what it is narrowed down from; the point lies in it. */
  constructor(point: Point, within: Box) {
    this.point = point
    this.#within = within
    this.#sets = { ...within.in }
  }

  get box(): Box {
    for (const dimension of this.#gathered.keys()) this.#meet(dimension)
    return { frame: this.frame, in: { ...this.#sets } }
  }

  /** The values of its flows in one dimension. */
  in(dimension: Dimension): ValueSet | undefined {
    return this.#meet(dimension)
  }

  get frame(): Frame {
    return this.#within.frame
  }

  /** All values that a dimension may have, whatever was asked. */
  domainOf(dimension: Dimension): ValueSet['domain'] | undefined {
    return this.#within.in[dimension]?.domain
  }

  has(dimension: Dimension): boolean {
    return this.#sets[dimension] !== undefined
  }

  /** Those of two dimensions in which the point has a value. */
  dimensionsWith(value: Scalar, one: Dimension, other: Dimension): readonly Dimension[] {
    const [isOne, isOther] = [this.point[one] === value, this.point[other] === value]
    if (isOne) return isOther ? [one, other] : [one]
    return isOther ? [other] : none
  }

  /** Leaves out the flows that do not meet it, as the cell's own point does. */
  narrow({ dimension, set }: Constraint): void {
    const gathered = this.#gathered.get(dimension)
    // Of a rule that several packets meet the same is asked each time.
    if (gathered?.has(set)) return
    const value = this.point[dimension]
    if (this.#sets[dimension] === undefined || value === undefined) return
    if (!set.contains(value)) throw new Error(`a cell without its own flow: ${dimension} ${value}`)
    if (gathered === undefined) this.#gathered.set(dimension, new Set([set]))
    else if (gathered.add(set).size >= mostGathered) this.#meet(dimension)
  }

  /** What a dimension has been narrowed down to. */
  #meet(dimension: Dimension): ValueSet | undefined {
    const own = this.#sets[dimension]
    const gathered = this.#gathered.get(dimension)
    if (own === undefined || gathered === undefined) return own
    this.#gathered.delete(dimension)
    const met = this.#joined(own, gathered).reduce(
      (left, set) => (isWithin(left, set) ? left : left.intersect(set)),
      own,
    )
    this.#sets[dimension] = met
    return met
  }

  /** The same sets, as fewer where they are many. */
  #joined({ domain }: ValueSet, sets: ReadonlySet<ValueSet>): ValueSet[] {
    if (sets.size <= fewGathered) return [...sets]
    const [many, few] = partition([...sets], (set) => set.complement().intervals.length > mostGaps)
    const gaps = few.flatMap((set) => set.complement().intervals)
    return gaps.length === 0 ? many : [...many, IntervalSet.from(domain, gaps).complement()]
  }

  /** Leaves out every other value. */
  pin(dimension: Dimension): void {
    const value = this.point[dimension]
    const own = this.#sets[dimension]
    if (own !== undefined && value !== undefined)
      this.narrow({ dimension, set: IntervalSet.of(own.domain, { first: value, last: value }) })
  }

  /** Those that some of its flows do not meet. */
  cutting(constraints: readonly Constraint[]): Constraint[] {
    return constraints.filter(({ dimension, set }) => {
      const own = this.#meet(dimension)
      return own !== undefined && (hasFewGaps(set) ? hasSomeOf(own, set.complement()) : !isWithin(own, set))
    })
  }

  /**
   * Roughly what is left of its size with these, which cut it, from 0 to 1: without one IPv6 address that is 1 as well,
   * as floating point has it.
   */
  kept(constraints: readonly Constraint[]): number {
    return constraints.reduce((kept, { dimension, set }) => {
      const own = this.#meet(dimension)
      return own === undefined ? kept : kept * shareLeft(own, set)
    }, 1)
  }

  get dimensions(): Dimension[] {
    return dimensionsOf(this.#within)
  }
}

/** What most rules leave out is one value, or a few: that is looked for in a long list, in place of all the rest. */
const hasFewGaps = (set: ValueSet): boolean => set.complement().intervals.length <= mostGaps

const hasSomeOf = (set: ValueSet, { intervals }: ValueSet): boolean =>
  intervals.some((gap) => set.containsOneOf(gap) !== false)

const shareLeft = (own: ValueSet, set: ValueSet): number =>
  hasFewGaps(set) && own.intervals.length > mostGaps
    ? (own.size - own.intersect(set.complement()).size) / own.size
    : own.intersect(set).size / own.size

/** Whether every value of a set is in another one. */
function isWithin(set: ValueSet, other: ValueSet): boolean {
  let at = 0
  for (const { first, last } of set.intervals) {
    let around = other.intervals[at]
    while (around !== undefined && around.last < first) around = other.intervals[++at]
    if (around === undefined || around.first > first || around.last < last) return false
  }
  return true
}

function partition<T>(list: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  const { first = [], second = [] } = Object.groupBy(list, (one) => (isFirst(one) ? 'first' : 'second'))
  return [first, second]
}
