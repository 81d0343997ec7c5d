import { type Family, familyOf } from '../../core/address.ts'
import { type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { addressOfNumber } from '../../netfilter/wide-values.ts'

/** Parts of a set that are named; the rest is counted. */
const mostParts = 6

/** A set within another one, in words. */
interface Wording {
  /** One part: `UID 1337`, `10.0.0.0/8`. */
  part(interval: Interval<Scalar>): string
  /** All of them, where some together have a name. */
  parts?: (set: IntervalSet<Scalar>) => string[]
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
  const own = wording.parts?.(set) ?? partsOf(set, root).map(wording.part)
  const others = wording.parts?.(missing) ?? partsOf(missing, root).map(wording.part)
  const isShorter = others.length < own.length || (others.length === own.length && missing.size < set.size)
  return isShorter ? `${wording.any} but ${listed(others)}` : listed(own)
}

/** Its intervals, with those that only what does not count lies between as one. */
function partsOf(set: IntervalSet<Scalar>, root: IntervalSet<Scalar>): Interval<Scalar>[] {
  const parts: Interval<Scalar>[] = []
  for (const interval of set.intervals) {
    const last = parts.at(-1)
    const isBetween = last !== undefined && root.intersect(between(last.last, interval.first, set)).isEmpty
    if (last !== undefined && isBetween) last.last = interval.last
    else parts.push({ ...interval })
  }
  return parts
}

function between(after: Scalar, before: Scalar, { domain }: IntervalSet<Scalar>): IntervalSet<Scalar> {
  const [first, last] = typeof after === 'bigint' ? [after + 1n, BigInt(before) - 1n] : [after + 1, Number(before) - 1]
  return allOf(domain, { first, last })
}

function listed(parts: readonly string[]): string {
  const unique = [...new Set(parts)]
  const shown = unique.slice(0, mostParts)
  return unique.length > shown.length
    ? `${shown.join(', ')} and ${unique.length - shown.length} more`
    : shown.join(', ')
}

/** Addresses with a name of their own, such as those of the pod. */
export type AddressNames = ReadonlyMap<string, string>

const loopback = { first: 0x7f000000n, last: 0x7fffffffn } as const
/** More exceptions from loopback are told by what is left. */
const mostExceptions = 3

/** Addresses in words, IPv4's loopback as what it lacks where that is shorter. */
export function addressParts(family: Family, root: IntervalSet<Scalar>, names: AddressNames) {
  const describe = describeAddresses(family, root, names)
  return (set: IntervalSet<Scalar>): string[] => {
    const all = root.intersect(allOf(root.domain, loopback))
    const own = set.intersect(all)
    const missing = partsOf(all.intersect(own.complement()), root)
    const isMost =
      family === 'ipv4' && own.intervals.length > 1 && missing.length > 0 && missing.length <= mostExceptions
    if (!isMost) return partsOf(set, root).map(describe)
    const others = partsOf(set.intersect(all.complement()), root).map(describe)
    return [...others, `loopback but ${missing.map(describe).join(' and ')}`]
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
    const beside = allOf(root.domain, { first: start, last: first - 1n }, { first: last + 1n, last: end })
    return root.intersect(beside).isEmpty ? { first: start, length: width - free } : undefined
  }
  return undefined
}

/** A set of a domain; parts that are empty are left out. */
function allOf(domain: Interval<Scalar>, ...parts: readonly Interval<Scalar>[]): IntervalSet<Scalar> {
  return IntervalSet.of(domain, ...parts.filter(({ first, last }) => first <= last))
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
