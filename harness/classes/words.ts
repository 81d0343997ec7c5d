import type { Family } from '../core/address.ts'
import { rememberedOf } from '../core/remembered.ts'
import { type Interval, IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import { addressOfNumber } from '../netfilter/wide-values.ts'
import { apartIn } from './boxes/boxes.ts'
import { type Box, type Dimension, dimensionsOf, type Frame, frameText, type ValueSet } from './boxes/frame.ts'
import { markParts } from './mark-words.ts'

/** How many ranges of a set are told; the rest is counted. */
const mostRanges = 8

const titles: Readonly<Record<Dimension, string>> = {
  uid: 'uid',
  gid: 'gid',
  group: 'supplementary group',
  mark: 'mark',
  saddr: 'from',
  sport: 'from port',
  daddr: 'to',
  dport: 'port',
}

/** The values that a box has in a dimension, as people write them; `any` if that says nothing. */
export type Ranges = Partial<Record<Dimension, string>>

/**
 * What sets the flows of a box apart from all others: `{ uid: '0-1499,1501-', daddr: '203.0.113.0/24' }`. A dimension
 * in which it has all that there is of its frame is left out.
 * @param space what the box is part of, as `spaceOf` has it.
 */
export function rangesOf(box: Box, space: readonly Box[]): Ranges {
  const roots = space
    .filter(({ frame }) => frameText(frame) === frameText(box.frame))
    .map((root) => ({ root, apart: apartIn(box, root) }))
  const ranges: Ranges = {}
  for (const dimension of dimensionsOf(box)) {
    const set = box.in[dimension] as ValueSet
    // Where one dimension says what another can be, as a destination outside says the source, that goes without saying.
    const around = roots.flatMap(({ root, apart }) => (apart.every((other) => other === dimension) ? root : []))
    const text = textOfSet(dimension, set, unionOf(around, dimension, set.domain), box.frame)
    if (text !== undefined) ranges[dimension] = text
  }
  return ranges
}

/** The same as one text: `uid 0-1499,1501-, to 203.0.113.0/24, any port but 22`. Nothing, where it says nothing. */
export function rangesText(ranges: Ranges): string {
  return (Object.keys(titles) as Dimension[])
    .flatMap((dimension) => {
      const text = ranges[dimension]
      if (text === undefined) return []
      const but = /^any but (.*)$/.exec(text)?.[1]
      if (but === undefined) return `${titles[dimension]} ${text}`
      return dimension === 'daddr'
        ? `to anywhere but ${but}`
        : dimension === 'saddr'
          ? `from anywhere but ${but}`
          : `any ${titles[dimension]} but ${but}`
    })
    .join(', ')
}

/** One value, as people write it. */
export const valueText = (dimension: Dimension, value: Scalar, family: Family): string =>
  dimension === 'saddr' || dimension === 'daddr'
    ? addressOfNumber(BigInt(value), family)
    : dimension === 'mark'
      ? hex(value)
      : `${value}`

/** All values of some boxes in a dimension: one set where they share it, as most do. */
function unionOf(boxes: readonly Box[], dimension: Dimension, domain: ValueSet['domain']): ValueSet {
  const [own, ...others] = new Set(boxes.flatMap((box) => box.in[dimension] ?? []))
  if (own !== undefined && others.length === 0) return own
  return IntervalSet.from<Scalar>(
    domain,
    [own, ...others].flatMap((set) => set?.intervals ?? []),
  )
}

/** What was said of sets, by all that there is: thousands of classes share few sets in each dimension. */
const textsAmong = rememberedOf((_all: ValueSet) => new Map<Dimension, WeakMap<ValueSet, string | undefined>>())

/** As its ranges, or as all but a few where those are many; undefined if it is all that there is. */
function textOfSet(dimension: Dimension, set: ValueSet, all: ValueSet, frame: Frame): string | undefined {
  const byDimension = textsAmong(all)
  const known = byDimension.get(dimension) ?? new WeakMap<ValueSet, string | undefined>()
  byDimension.set(dimension, known)
  if (known.has(set)) return known.get(set)
  const told = partsTold(dimension, set, all, frame)
  const text = told && (told.isRest ? `any but ${listed(told.parts)}` : listed(told.parts))
  known.set(set, text)
  return text
}

/**
 * The parts of a set, as people write them, or of what it lacks (`isRest`) where that is shorter; undefined if it is all
 * that there is.
 */
export function partsTold(
  dimension: Dimension,
  set: ValueSet,
  all: ValueSet,
  { family, marks = [] }: Pick<Frame, 'family' | 'marks'>,
): { parts: Parts; isRest: boolean } | undefined {
  const missing = all.intersect(set.complement())
  if (missing.isEmpty) return undefined
  const isAddress = dimension === 'saddr' || dimension === 'daddr'
  const ofMarks = dimension === 'mark' ? markParts(all, marks) : undefined
  const partsOf = (one: ValueSet): Parts => {
    if (ofMarks !== undefined) return inWords(ofMarks(one), (text) => text)
    const parts = one.intervalsAmong(all)
    if (isAddress) return inWords(clusters(parts, all), clusterText(family, all))
    return inWords(parts, dimension === 'mark' ? markText : numberText(all))
  }
  const [own, others] = [partsOf(set), partsOf(missing)]
  const isRest = isAddress
    ? missing.size < set.size && others.length <= own.length
    : own.length > mostOfNumbers && others.length < own.length
  return { parts: isRest ? others : own, isRest }
}

/** More ranges of numbers than that are harder to read than those between them. */
const mostOfNumbers = 3

/** Parts of a set, of which the first are put into words: there may be very many. */
export interface Parts {
  length: number
  first: readonly string[]
}

const inWords = <T>(parts: readonly T[], text: (part: T) => string): Parts => ({
  length: parts.length,
  first: parts.slice(0, mostRanges).map(text),
})

const listed = ({ length, first }: Parts): string =>
  length > first.length ? `${first.join(',')} and ${length - first.length} more` : first.join(',')

/** `1000`, `0-999`, or `1501-` up to the last that there is. */
const numberText =
  ({ intervals }: ValueSet) =>
  ({ first, last }: Interval<Scalar>): string => {
    if (first === last) return `${first}`
    return last === intervals.at(-1)?.last ? `${first}-` : `${first}-${last}`
  }

const markText = ({ first, last }: Interval<Scalar>): string =>
  first === last ? hex(first) : `${hex(first)}-${last === 0xffff_ffff ? '' : hex(last)}`
const hex = (value: Scalar): string => (value === 0 ? '0' : `0x${value.toString(16)}`)

/** Addresses without a few that lie between them. */
interface Cluster extends Interval<Scalar> {
  without: Interval<Scalar>[]
}

/** How many addresses may lie between two ranges that are told as one. */
const mostBetween = 16n

function clusters(parts: readonly Interval<Scalar>[], all: ValueSet): Cluster[] {
  const found: Cluster[] = []
  for (const { first, last } of parts) {
    const before = found.at(-1)
    const gap = before === undefined ? mostBetween : BigInt(first) - BigInt(before.last) - 1n
    const isLarge = before !== undefined && BigInt(last) - BigInt(before.first) > 16n * mostBetween
    if (before === undefined || gap >= mostBetween || !isLarge) {
      found.push({ first, last, without: [] })
      continue
    }
    const between = all.intersect(
      IntervalSet.of<Scalar>(all.domain, { first: BigInt(before.last) + 1n, last: BigInt(first) - 1n }),
    )
    before.without.push(...between.intervals)
    before.last = last
  }
  return found
}

/** `127.0.0.0/8 without 127.0.0.1` */
const clusterText =
  (family: Family, all: ValueSet) =>
  ({ without, ...interval }: Cluster): string => {
    const holes = IntervalSet.from<Scalar>(all.domain, without)
    const whole = addressText(interval, family, all.intersect(holes.complement()))
    return without.length === 0
      ? whole
      : `${whole} without ${listed(inWords(without, (hole) => addressText(hole, family, all)))}`
  }

/**
 * One address, the shortest prefix that has these addresses and no others that somebody could send to, or from the
 * first to the last.
 */
function addressText(interval: Interval<Scalar>, family: Family, all: ValueSet): string {
  const width = family === 'ipv4' ? 32n : 128n
  const [first, last] = [BigInt(interval.first), BigInt(interval.last)]
  if (first === last) return addressOfNumber(first, family)
  for (let free = 1n; free <= width; free += 1n) {
    const start = (first >> free) << free
    const end = start + (1n << free) - 1n
    if (end < last) continue
    const beside = [
      { first: start, last: first - 1n },
      { first: last + 1n, last: end },
    ].filter((part) => part.first <= part.last)
    if (all.intersect(IntervalSet.of<Scalar>(all.domain, ...beside)).isEmpty)
      return `${addressOfNumber(start, family)}/${width - free}`
    break
  }
  return `${addressOfNumber(first, family)}-${addressOfNumber(last, family)}`
}
