import { IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import { type Box, type Dimension, dimensionsOf, type Point, type ValueSet } from './frame.ts'

/** That a flow's value in one dimension lies in a set. */
export interface Constraint {
  dimension: Dimension
  set: ValueSet
}

/** The flows around one that get the same answers, narrowed down as more is known to be asked. */
export class Cell {
  readonly #sets: Partial<Record<Dimension, ValueSet>>
  readonly #within: Box
  readonly point: Point

  /** @param within what it is narrowed down from; the point lies in it. */
  constructor(point: Point, within: Box) {
    this.point = point
    this.#within = within
    this.#sets = { ...within.in }
  }

  get box(): Box {
    return { frame: this.#within.frame, in: this.#sets }
  }

  has(dimension: Dimension): boolean {
    return this.#sets[dimension] !== undefined
  }

  /** The dimensions in which the point has a value. */
  dimensionsWith(value: Scalar, ...among: readonly Dimension[]): Dimension[] {
    return among.filter((dimension) => this.point[dimension] === value)
  }

  /** Leaves out the flows that do not meet it, as the cell's own point does. */
  narrow({ dimension, set }: Constraint): void {
    const own = this.#sets[dimension]
    const value = this.point[dimension]
    if (own === undefined || value === undefined) return
    if (!set.contains(value)) throw new Error(`a cell without its own flow: ${dimension} ${value}`)
    if (!isWithin(own, set)) this.#sets[dimension] = own.intersect(set)
  }

  /** Leaves out every other value. */
  pin(dimension: Dimension): void {
    const value = this.point[dimension]
    const own = this.#sets[dimension]
    if (own !== undefined && value !== undefined)
      this.narrow({ dimension, set: IntervalSet.of(own.domain, { first: value, last: value }) })
  }

  /** What is left of its size with these: 1 if nothing is left out. */
  kept(constraints: readonly Constraint[]): number {
    return constraints.reduce((kept, { dimension, set }) => {
      const own = this.#sets[dimension]
      return own === undefined || isWithin(own, set) ? kept : kept * (sizeOf(own.intersect(set)) / sizeOf(own))
    }, 1)
  }

  /** Whether it is all that it was narrowed down from, in one dimension. */
  isWhole(dimension: Dimension): boolean {
    return this.#sets[dimension] === this.#within.in[dimension]
  }

  get dimensions(): Dimension[] {
    return dimensionsOf(this.#within)
  }
}

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

const sizeOf = ({ intervals }: ValueSet): number =>
  intervals.reduce((size, { first, last }) => size + Number(last) - Number(first) + 1, 0)
