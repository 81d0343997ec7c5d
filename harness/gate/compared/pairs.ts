import { randomNumbers, shuffled } from './random.ts'

/** How many values each parameter has; value 0 is its first one. */
export type Sizes = readonly number[]
/** One value of each parameter. */
export type Row = readonly number[]
type Partial = readonly (number | undefined)[]

export interface Covered {
  rows: Row[]
  /**
   * Pairs of values of two parameters: those in a row, those that no valid row has, and those that there was no room
   * for.
   */
  pairs: { covered: number; refused: number; left: number }
}

interface Cover {
  sizes: Sizes
  isValid(partial: Partial): boolean
  seed: number
  /** How many rows at most. */
  most: number
  /** Goes on with any rows that are valid, until there are that many. */
  fills?: boolean
}

/** How many rows are tried for each that is taken. */
const tries = 2

/**
 * Rows in which every two values of two parameters stand together at least once, as far as they may: each row is the
 * one of a few that has the most new pairs, built value by value around a pair that none has yet.
 */
export function coverPairs({ sizes, isValid, seed, most, fills = false }: Cover): Covered {
  const random = randomNumbers(seed)
  const open = new OpenPairs(sizes)
  const whole = open.count
  const rows: Row[] = []
  let refused = 0
  for (let pair = open.first(); pair !== undefined && rows.length < most; pair = open.first()) {
    const [a, value, b, other] = pair
    const start = sizes.map((_, at) => (at === a ? value : at === b ? other : undefined))
    const made = isValid(start)
      ? Array.from({ length: tries }, () => buildRow(start, sizes, open, isValid, random))
      : []
    const ranked = made.flatMap((row) => (row === undefined ? [] : [{ row, gain: open.gainOf(row) }]))
    const best = ranked.sort((one, two) => two.gain - one.gain)[0]
    if (best === undefined) {
      open.close(a, value, b, other)
      refused += 1
      continue
    }
    rows.push(best.row)
    open.closeAll(best.row)
  }
  for (let tried = 0; fills && rows.length < most && tried < most * tries; tried += 1) {
    const row = sizes.map((size) => Math.floor(random() * size))
    if (isValid(row) && !rows.some((other) => other.join() === row.join())) rows.push(row)
  }
  return { rows, pairs: { covered: whole - refused - open.count, refused, left: open.count } }
}

function buildRow(
  start: Partial,
  sizes: Sizes,
  open: OpenPairs,
  isValid: Cover['isValid'],
  random: () => number,
): Row | undefined {
  const row = [...start]
  const left = shuffled(
    [...sizes.keys()].filter((parameter) => row[parameter] === undefined),
    random,
  )
  for (const parameter of left) {
    const values = shuffled([...Array(sizes[parameter] ?? 0).keys()], random)
    const ranked = values
      .map((value) => ({ value, gain: open.gainOfValue(row, parameter, value) }))
      .sort((a, b) => b.gain - a.gain)
    const chosen = ranked.find(({ value }) => isValid(row.with(parameter, value)))
    if (chosen === undefined) return undefined
    row[parameter] = chosen.value
  }
  return row.map((value) => value ?? 0)
}

/** Which pairs stand in no row yet: a bit for each two of all values. */
class OpenPairs {
  count = 0
  readonly #offsets: number[]
  readonly #total: number
  readonly #parameterOf: number[]
  readonly #isOpen: Uint8Array
  #from = 0

  constructor(sizes: Sizes) {
    this.#offsets = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0))
    this.#parameterOf = sizes.flatMap((size, at) => Array.from({ length: size }, () => at))
    this.#total = this.#parameterOf.length
    this.#isOpen = new Uint8Array(this.#total ** 2)
    for (let a = 0; a < this.#total; a += 1)
      for (let b = a + 1; b < this.#total; b += 1) {
        if (this.#parameterOf[a] === this.#parameterOf[b]) continue
        this.#isOpen[a * this.#total + b] = 1
        this.count += 1
      }
  }

  /** Two parameters and a value of each. */
  first(): [a: number, value: number, b: number, other: number] | undefined {
    const at = this.#isOpen.indexOf(1, this.#from)
    if (at === -1) return undefined
    this.#from = at
    const [one, two] = [Math.floor(at / this.#total), at % this.#total]
    const [a = 0, b = 0] = [this.#parameterOf[one], this.#parameterOf[two]]
    return [a, one - (this.#offsets[a] ?? 0), b, two - (this.#offsets[b] ?? 0)]
  }

  gainOf(row: Row): number {
    let gain = 0
    for (let a = 0; a < row.length; a += 1) gain += this.gainOfValue(row.slice(0, a), a, row[a] ?? 0)
    return gain
  }

  /** How many pairs are new that a value makes with those that stand in a row already. */
  gainOfValue(row: Partial, parameter: number, value: number): number {
    let gain = 0
    for (const [at, other] of row.entries())
      if (other !== undefined && at !== parameter) gain += this.#isOpen[this.#place(parameter, value, at, other)] ?? 0
    return gain
  }

  closeAll(row: Row): void {
    for (let a = 0; a < row.length; a += 1)
      for (let b = a + 1; b < row.length; b += 1) this.close(a, row[a] ?? 0, b, row[b] ?? 0)
  }

  close(a: number, value: number, b: number, other: number): void {
    const at = this.#place(a, value, b, other)
    this.count -= this.#isOpen[at] ?? 0
    this.#isOpen[at] = 0
  }

  #place(a: number, value: number, b: number, other: number): number {
    const [one, two] = [(this.#offsets[a] ?? 0) + value, (this.#offsets[b] ?? 0) + other]
    return Math.min(one, two) * this.#total + Math.max(one, two)
  }
}
