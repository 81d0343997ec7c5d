import type { OverField } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { after, before, type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { meets } from '../../netfilter/meets.ts'
import type { Chain, Rule } from '../../netfilter/ruleset.ts'
import { fieldsOf } from './packet-fields.ts'
import type { EvaluationContext } from './trail.ts'

/** From how many rules on a chain is looked up in: those of most pods are gone through in no time. */
const longFrom = 200

/** Fields of which a packet has one value or none, which no rule changes while the packet is in a chain. */
const fields = ['saddr', 'daddr', 'sport', 'dport', 'uid', 'gid'] as const
type IndexedField = (typeof fields)[number]
const isIndexed = (field: Field): field is IndexedField => (fields as readonly Field[]).includes(field)

/** How many ranges of values a rule may ask for, and which part of all values, to be looked up by them. */
const [mostRanges, mostShare] = [16, 1 / 4]

/** What a packet meets of a long chain: the rules that may match it, and why no other one does. */
export interface Passed {
  /** The places of the rules that have to be tried, from 0, in order. */
  places: readonly number[]
  /** What sets the packet apart from the others. */
  because: readonly PassedOver[]
}

/** That a packet's value in a field is what none of some rules ask for. */
export interface PassedOver {
  /** Whether it has one of the values that those rules tell from its own; it has not. */
  asked: OverField
  value: Scalar
  /** The place of the first of those rules. */
  from: number
}

/**
 * A chain of many rules, most of which ask for an address, a port or an account of their own: a packet is tried by
 * those alone that ask for what it has.
 */
class LongChain {
  readonly #rules: readonly Rule[]
  readonly #byProtocol = new Map<string, RuleIndex>()

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  /** @returns undefined where the packet has several values in a field, or none that is known. */
  passed(context: EvaluationContext): Passed | undefined {
    const { protocol } = context.packet
    const found = this.#byProtocol.get(protocol) ?? new RuleIndex(this.#rules, context)
    this.#byProtocol.set(protocol, found)
    return found.passed(context)
  }
}

/**
 * The rules that may match packets of one protocol, by what they ask for. A packet of another protocol is no different
 * for having an address that they name.
 */
class RuleIndex {
  readonly #always: readonly number[]
  readonly #byField: readonly FieldIndex[]

  constructor(rules: readonly Rule[], { packet, connection, stage }: EvaluationContext) {
    const { values } = fieldsOf.protocol(packet, connection, stage)
    const isOut = ({ conditions }: Rule): boolean =>
      conditions.some(
        (asked) => asked.kind === 'field' && asked.field === 'protocol' && meets<'protocol'>(asked, values) === false,
      )
    const own = rules.flatMap((rule, place) => (isOut(rule) ? [] : { rule, place }))
    const asked = own.map(({ rule }) => rule.conditions.filter(isNarrow) as unknown as Narrow[])
    const counts = new Map<string, number>()
    for (const conditions of asked)
      for (const condition of conditions) counts.set(keyOf(condition), (counts.get(keyOf(condition)) ?? 0) + 1)
    const isBetter = (one: Narrow, other: Narrow): boolean => {
      const more = (counts.get(keyOf(one)) ?? 0) - (counts.get(keyOf(other)) ?? 0)
      return more < 0 || (more === 0 && shareOf(one) < shareOf(other))
    }
    // By what the fewest others ask for, too.
    const chosen = own.map(({ place }, index) => ({
      place,
      condition: (asked[index] ?? []).reduce<Narrow | undefined>(
        (best, one) => (best === undefined || isBetter(one, best) ? one : best),
        undefined,
      ),
    }))
    this.#always = chosen.flatMap(({ condition, place }) => (condition === undefined ? place : []))
    this.#byField = fields.flatMap((field) => {
      const narrow = chosen.flatMap(({ condition, place }) => (condition?.field === field ? { condition, place } : []))
      return narrow.length === 0 ? [] : new FieldIndex(field, narrow)
    })
  }

  passed({ packet, connection, stage }: EvaluationContext): Passed | undefined {
    const places = [...this.#always]
    const because: PassedOver[] = []
    for (const index of this.#byField) {
      const { values, never } = fieldsOf[index.field](packet, connection, stage)
      const [value, ...others] = values
      // A packet without the field is none that they ask for.
      if (never === true || value === undefined) continue
      if (others.length > 0 || typeof value === 'object') return undefined
      places.push(...index.placesWith(value))
      because.push({ asked: index.askedAround(value), value, from: index.from })
    }
    return { places: places.sort((a, b) => a - b), because }
  }
}

type Narrow = Omit<OverField, 'field' | 'in'> & { field: IndexedField; in: IntervalSet<Scalar> }

function isNarrow(condition: Rule['conditions'][number]): boolean {
  if (condition.kind !== 'field' || !isIndexed(condition.field)) return false
  const { mask, ifAbsent, in: set } = condition as unknown as Narrow
  const isFew = set.intervals.length > 0 && set.intervals.length <= mostRanges
  return mask === undefined && !ifAbsent && isFew && shareOf({ in: set }) <= mostShare
}

const shareOf = ({ in: { size, domain } }: Pick<Narrow, 'in'>): number =>
  size / (Number(domain.last) - Number(domain.first) + 1)

const keyOf = ({ field, in: { intervals } }: Narrow): string =>
  `${field} ${intervals.map(({ first, last }) => `${first}-${last}`).join()}`

interface Placed extends Interval<Scalar> {
  place: number
}

/** Rules by the values that they ask for in one field. */
class FieldIndex {
  readonly field: IndexedField
  readonly from: number
  /** Ranges of about one size, in order: those that hold a value begin no further before it than twice that size. */
  readonly #bySize: readonly { size: Scalar; ranges: readonly Placed[] }[]
  /** Where one of the ranges begins, or has ended. */
  readonly #borders: readonly Scalar[]
  readonly #all: IntervalSet<Scalar>
  readonly #asked: OverField

  constructor(field: IndexedField, own: readonly { condition: Narrow; place: number }[]) {
    this.field = field
    this.from = own[0]?.place ?? 0
    const ranges = own.flatMap(({ condition, place }) =>
      condition.in.intervals.map((interval): Placed => ({ ...interval, place })),
    )
    const bySize = Map.groupBy(ranges, ({ first, last }) => (BigInt(last) - BigInt(first) + 1n).toString(2).length)
    const [domain] = own.map(({ condition }) => condition.in.domain)
    if (domain === undefined) throw new Error('an index of no rules')
    this.#bySize = [...bySize].map(([bits, some]) => ({
      size: typeof domain.first === 'bigint' ? 1n << BigInt(bits) : 2 ** bits,
      ranges: some.sort((a, b) => (a.first < b.first ? -1 : 1)),
    }))
    this.#borders = [...new Set(ranges.flatMap(({ first, last }) => [first, after(last)]))].sort((a, b) =>
      a < b ? -1 : 1,
    )
    this.#all = IntervalSet.from(domain, ranges)
    this.#asked = over(field, this.#all)
  }

  placesWith(value: Scalar): Set<number> {
    const found = new Set<number>()
    for (const { size, ranges } of this.#bySize) {
      const least = typeof value === 'bigint' ? value - BigInt(size) : value - Number(size)
      for (let at = indexAfter(ranges, least, firstOf); at < ranges.length; at += 1) {
        const { first, last, place } = ranges[at] as Placed
        if (first > value) break
        if (last >= value) found.add(place)
      }
    }
    return found
  }

  /** Whether a packet has a value that other rules ask for than for one; of a value that none asks for, that some does. */
  askedAround(value: Scalar): OverField {
    if (!this.#all.contains(value)) return this.#asked
    const at = indexAfter(this.#borders, value, (border) => border)
    const [first = value, next] = [this.#borders[at - 1], this.#borders[at]]
    const { domain } = this.#all
    return over(
      this.field,
      IntervalSet.of(domain, { first, last: next === undefined ? value : before(next) }).complement(),
    )
  }
}

const over = (field: IndexedField, set: IntervalSet<Scalar>): OverField =>
  ({ kind: 'field', field, in: set, values: 'any', ifAbsent: false }) as unknown as OverField

const firstOf = ({ first }: Placed): Scalar => first

/** The place of the first of a list in order that is larger than a value. */
function indexAfter<T>(list: readonly T[], value: Scalar, of: (one: T) => Scalar): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (of(list[middle] as T) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** A long chain, and the places in it of rules that are left out. */
interface View {
  whole: LongChain
  without: readonly number[]
}

const known = new WeakMap<Chain, View>()
/** How often a chain has been met, and from when on it is worth looking up: some are made for one packet. */
const times = new WeakMap<Chain, number>()
const worthFrom = 8

/** Has a chain without one of another chain's rules looked up in as that one is. */
export function shareLongChain(own: Chain, { whole, gone }: { whole: Chain; gone: Rule }): void {
  const view = viewOf(whole)
  if (view === undefined) return
  const place = inWhole(whole.rules.indexOf(gone), view)
  known.set(own, { whole: view.whole, without: [...view.without, place].sort((a, b) => a - b) })
}

/** The rules of a long chain that may match a packet; undefined where all have to be tried. */
export function passedIn(chain: Chain, context: EvaluationContext): Passed | undefined {
  const view = viewOf(chain)
  const passed = view?.whole.passed(context)
  if (view === undefined || passed === undefined || view.without.length === 0) return passed
  const { without } = view
  const places = passed.places.flatMap((place) => (without.includes(place) ? [] : placeLeft(place, without)))
  return { places, because: passed.because.map((each) => ({ ...each, from: placeLeft(each.from, without) })) }
}

function viewOf(chain: Chain): View | undefined {
  const found = known.get(chain)
  if (found !== undefined || chain.rules.length < longFrom) return found
  const met = (times.get(chain) ?? 0) + 1
  times.set(chain, met)
  if (met < worthFrom) return undefined
  const made = { whole: new LongChain(chain.rules), without: [] }
  known.set(chain, made)
  return made
}

/** Where a rule stands once those before it are gone, and the other way round. */
const placeLeft = (place: number, without: readonly number[]): number =>
  place - without.filter((gone) => gone < place).length

const inWhole = (place: number, { without }: View): number =>
  without.reduce((own, gone) => (gone <= own ? own + 1 : own), place)
