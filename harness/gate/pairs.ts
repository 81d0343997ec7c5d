import { randomNumbers, shuffled } from './random.ts'

/** How many values each parameter has; value 0 is its first one. */
export type Sizes = readonly number[]
/** One value of each parameter. */
export type Row = readonly number[]

export interface Covered {
  rows: Row[]
  /** Pairs of values of two parameters: those in a row, those that no valid row has, and those that there was no room for. */
  pairs: { covered: number; refused: number; left: number }
}

interface Cover {
  sizes: Sizes
  isValid(partial: readonly (number | undefined)[]): boolean
  seed: number
  /** How many rows at most. */
  most: number
  /** Goes on with any rows that are valid, until there are that many. */
  fills?: boolean
}

/** How many rows are tried for each that is taken. */
const tries = 5

/**
 * Rows in which every two values of two parameters stand together at least once, as far as they may: each row is the one of a few that
 * has the most new pairs, built value by value around a pair that none has yet.
 */
export function coverPairs({ sizes, isValid, seed, most, fills = false }: Cover): Covered {
  const random = randomNumbers(seed)
  const open = new Set(allPairs(sizes))
  const whole = open.size
  const rows: Row[] = []
  let refused = 0
  while (open.size > 0 && rows.length < most) {
    const first = open.values().next().value ?? ''
    if (!isValid(rowOf(first, sizes.length))) {
      open.delete(first)
      refused += 1
      continue
    }
    const made = Array.from({ length: tries }, () => buildRow(first, sizes, open, isValid, random)).filter((row) => row !== undefined)
    const best = [...made].sort((a, b) => newPairs(b, open).length - newPairs(a, open).length)[0]
    if (best === undefined) {
      open.delete(first)
      refused += 1
      continue
    }
    rows.push(best)
    for (const pair of newPairs(best, open)) open.delete(pair)
  }
  for (let tried = 0; fills && rows.length < most && tried < most * tries; tried += 1) {
    const row = sizes.map((size) => Math.floor(random() * size))
    if (isValid(row) && !rows.some((other) => other.join() === row.join())) rows.push(row)
  }
  return { rows, pairs: { covered: whole - refused - open.size, refused, left: open.size } }
}

const pairOf = (a: number, value: number, b: number, other: number): string => `${a}=${value} ${b}=${other}`

const partsOf = (pair: string): number[][] => pair.split(' ').map((part) => part.split('=').map(Number))

function allPairs(sizes: Sizes): string[] {
  const pairs: string[] = []
  for (let a = 0; a < sizes.length; a += 1)
    for (let b = a + 1; b < sizes.length; b += 1)
      for (let value = 0; value < (sizes[a] ?? 0); value += 1)
        for (let other = 0; other < (sizes[b] ?? 0); other += 1) pairs.push(pairOf(a, value, b, other))
  return pairs
}

function rowOf(pair: string, length: number): (number | undefined)[] {
  const row: (number | undefined)[] = Array.from({ length }, () => undefined)
  for (const [parameter = 0, value] of partsOf(pair)) row[parameter] = value
  return row
}

function buildRow(
  first: string,
  sizes: Sizes,
  open: ReadonlySet<string>,
  isValid: Cover['isValid'],
  random: () => number,
): Row | undefined {
  const row = rowOf(first, sizes.length)
  const left = shuffled(
    [...sizes.keys()].filter((parameter) => row[parameter] === undefined),
    random,
  )
  for (const parameter of left) {
    const values = shuffled([...Array(sizes[parameter] ?? 0).keys()], random)
    const ranked = values
      .map((value) => ({ value, gain: gainOf(row, parameter, value, open) }))
      .sort((a, b) => b.gain - a.gain)
      .map(({ value }) => value)
    const chosen = ranked.find((value) => isValid(row.with(parameter, value)))
    if (chosen === undefined) return undefined
    row[parameter] = chosen
  }
  return row.map((value) => value ?? 0)
}

const gainOf = (row: readonly (number | undefined)[], parameter: number, value: number, open: ReadonlySet<string>): number =>
  row.filter((other, at) => {
    if (other === undefined || at === parameter) return false
    return open.has(at < parameter ? pairOf(at, other, parameter, value) : pairOf(parameter, value, at, other))
  }).length

function newPairs(row: Row, open: ReadonlySet<string>): string[] {
  return row.flatMap((value, a) => row.slice(a + 1).map((other, b) => pairOf(a, value, a + 1 + b, other))).filter((pair) => open.has(pair))
}
