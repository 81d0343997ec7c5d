import { type Family, familyOf } from '../../core/address.ts'
import { type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { addressOfNumber } from '../../netfilter/wide-values.ts'

/** Parts of a set that are named; the rest is counted. */
const mostParts = 6
/** Of more parts than that nobody looks whether some of those that are not told have a name in common. */
const mostLooked = 100

/** Parts of a set, put into words as they are asked for. */
export interface Parts {
  count: number
  texts: Iterable<string>
}

/** A set within another one, in words. */
interface Wording {
  /** One part: `UID 1337`, `10.0.0.0/8`. */
  part(interval: Interval<Scalar>): string
  /** All of them, where some together have a name. */
  parts?: (set: IntervalSet<Scalar>) => Parts
  /** In place of its parts, in front of those that it lacks: `any UID`. */
  any: string
}

/**
 * A set as its parts, or as all but a few, whichever is shorter; undefined where it is all that there is.
 * @param root what there is: what lies outside does not count.
 */
export function describeSet(set: IntervalSet<Scalar>, root: IntervalSet<Scalar>, wording: Wording): string | undefined {
  const missing = root.intersect(set.complement())
  if (missing.isEmpty) return undefined
  const partsIn = (some: IntervalSet<Scalar>): Parts =>
    wording.parts?.(some) ?? inWords(some.intervalsAmong(root), wording.part)
  const [own, others] = [partsIn(set), partsIn(missing)]
  const isShorter = others.count < own.count || (others.count === own.count && missing.size < set.size)
  return isShorter ? `${wording.any} but ${listed(others)}` : listed(own)
}

const inWords = (parts: readonly Interval<Scalar>[], part: (interval: Interval<Scalar>) => string): Parts => ({
  count: parts.length,
  // Each time that it is gone through, from the first one on.
  texts: { [Symbol.iterator]: () => parts.values().map(part) },
})

/** The first few of them, each once, and how many more there are. */
export function listed({ count, texts }: Parts): string {
  const unique = new Set<string>()
  let told = 0
  for (const text of texts) {
    if (unique.size > mostParts && count > mostLooked) break
    unique.add(text)
    told += 1
  }
  const more = unique.size - mostParts + count - told
  return unique.size > mostParts
    ? `${[...unique].slice(0, mostParts).join(', ')} and ${more} more`
    : [...unique].join(', ')
}

/** Addresses with a name of their own, such as those of the pod. */
export type AddressNames = ReadonlyMap<string, string>

const loopback = { first: 0x7f000000n, last: 0x7fffffffn } as const
/** More exceptions from loopback are told by what is left. */
const mostExceptions = 3

/** Addresses in words, IPv4's loopback as what it lacks where that is shorter. */
export function addressParts(family: Family, root: IntervalSet<Scalar>, names: AddressNames) {
  const describe = describeAddresses(family, root, names)
  return (set: IntervalSet<Scalar>): Parts => {
    const all = root.intersect(IntervalSet.of<Scalar>(root.domain, loopback))
    const own = set.intersect(all)
    const missing = all.intersect(own.complement()).intervalsAmong(root)
    const isMost =
      family === 'ipv4' && own.intervals.length > 1 && missing.length > 0 && missing.length <= mostExceptions
    if (!isMost) return inWords(set.intervalsAmong(root), describe)
    const others = set.intersect(all.complement()).intervalsAmong(root).map(describe)
    return { count: others.length + 1, texts: [...others, `loopback but ${missing.map(describe).join(' and ')}`] }
  }
}

/**
 * An interval of addresses: by its name, as one address, as a prefix where what does not count makes it one, or from
 * first to last.
 */
export function describeAddresses(family: Family, root: IntervalSet<Scalar>, names: AddressNames) {
  const width = family === 'ipv4' ? 32n : 128n
  return ({ first, last }: Interval<Scalar>): string => {
    const text = (number: Scalar): string => addressOfNumber(BigInt(number), family)
    if (first === last) return names.get(text(first)) ?? text(first)
    const prefix = prefixAround(BigInt(first), BigInt(last), root, width)
    if (prefix === undefined) return `${text(first)}-${text(last)}`
    const written = `${text(prefix.first)}/${prefix.length}`
    return names.get(written) ?? written
  }
}

/** The shortest prefix that has these addresses and no other one that counts. */
function prefixAround(
  first: bigint,
  last: bigint,
  root: IntervalSet<Scalar>,
  width: bigint,
): { first: bigint; length: bigint } | undefined {
  for (let free = 0n; free < width; free += 1n) {
    const start = (first >> free) << free
    const end = start + (1n << free) - 1n
    if (end < last) continue
    const isAlone = (beside: Interval<bigint>): boolean =>
      beside.first > beside.last || root.containsOneOf(beside) === false
    return isAlone({ first: start, last: first - 1n }) && isAlone({ first: last + 1n, last: end })
      ? { first: start, length: width - free }
      : undefined
  }
  return undefined
}

/** The names of a pod's own addresses. */
export function namesOf(own: readonly string[], peers: readonly string[]): AddressNames {
  const names = new Map<string, string>([
    ['127.0.0.0/8', 'loopback'],
    ['::1', 'loopback'],
  ])
  for (const address of own) if (familyOf(address) !== undefined) names.set(address, 'the pod itself')
  for (const address of peers) if (!names.has(address)) names.set(address, 'the peer')
  return names
}
