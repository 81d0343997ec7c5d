import type { Condition, FieldQuestion } from '../../../netfilter/condition.ts'
import type { Field } from '../../../netfilter/field.ts'
import type { IntervalSet, Scalar } from '../../../netfilter/interval-set.ts'

/** That a condition is met, or that it is not. */
export interface Literal {
  condition: Condition
  holds: boolean
}

/** A literal beside the text that is equal for the same question of the same packet at the same place. */
export interface Asked extends Literal {
  key: string
}

/** Of which a packet has one value at most, the same on all of its way through a base chain. */
const singleFields = ['protocol', 'dport', 'sport', 'daddr', 'saddr', 'uid', 'gid', 'iif', 'oif'] as const
type SingleField = (typeof singleFields)[number]

type ValueSet = IntervalSet<Scalar>

/** Which values a packet may have, and whether it may have none. */
interface Values {
  set: ValueSet
  mayBeAbsent: boolean
}

type AsksOf<F extends Field> = Condition & FieldQuestion & { field: F }

/** Whether it asks for whole values of such a field. */
const isSingle = (condition: Condition): condition is AsksOf<SingleField> =>
  condition.kind === 'field' && condition.mask === undefined && single.has(condition.field)

const single: ReadonlySet<Field> = new Set(singleFields)

/** How many questions may be weighed in all: then it is given up. */
export interface Effort {
  left: number
}

/** What is known of a packet by the answers that it gives. It never changes: each answer makes another one. */
export class KnownPacket {
  readonly #values: ReadonlyMap<SingleField, Values>
  readonly #answers: ReadonlyMap<string, boolean>
  /** Of each of these at least one does not hold. */
  readonly #notAll: readonly (readonly Asked[])[]
  readonly #effort: Effort

  private constructor(
    values: ReadonlyMap<SingleField, Values>,
    answers: ReadonlyMap<string, boolean>,
    notAll: readonly (readonly Asked[])[],
    effort: Effort,
  ) {
    this.#values = values
    this.#answers = answers
    this.#notAll = notAll
    this.#effort = effort
  }

  static any(effort: Effort): KnownPacket {
    return new KnownPacket(new Map(), new Map(), [], effort)
  }

  /** What fields it has, as conditions that it meets. */
  get literals(): Literal[] {
    return [...this.#values].map(([field, { set, mayBeAbsent }]) => ({
      condition: {
        ...{ kind: 'field', field, in: set, values: 'any', ifAbsent: mayBeAbsent },
        asked: { subject: field, negated: false },
      } as Condition,
      holds: true,
    }))
  }

  /** What else it may have been asked, of which not all holds. */
  get open(): Literal[] {
    return this.#notAll.flat()
  }

  /** The same where all of these hold; undefined where that cannot be. */
  where(all: readonly Asked[]): KnownPacket | undefined {
    return this.#narrowed(all, this.#notAll)
  }

  /** The same where one of these at least does not hold; undefined where that cannot be. */
  whereNot(all: readonly Asked[]): KnownPacket | undefined {
    return this.#narrowed([], [...this.#notAll, all])
  }

  #narrowed(more: readonly Asked[], notAll: readonly (readonly Asked[])[]): KnownPacket | undefined {
    const [values, answers] = [new Map(this.#values), new Map(this.#answers)]
    let [next, left] = [more, notAll]
    do {
      for (const literal of next) {
        this.#effort.left -= 1
        if (!take(literal, values, answers)) return undefined
      }
      const found: Asked[] = []
      const still: (readonly Asked[])[] = []
      for (const all of left) {
        this.#effort.left -= all.length
        const open: Asked[] = []
        let isMet = false
        for (const literal of all) {
          const truth = truthOf(literal, values, answers)
          if (truth === false) isMet = true
          else if (truth === undefined) open.push(literal)
        }
        if (isMet) continue
        const [only] = open
        if (only === undefined) return undefined
        if (open.length === 1) found.push({ ...only, holds: !only.holds })
        else still.push(open)
      }
      ;[next, left] = [found, still]
    } while (next.length > 0 && this.#effort.left > 0)
    return new KnownPacket(values, answers, left, this.#effort)
  }
}

/** Adds what a literal says. @returns false where it cannot hold. */
function take(literal: Asked, values: Map<SingleField, Values>, answers: Map<string, boolean>): boolean {
  const { condition, holds, key } = literal
  if (!isSingle(condition)) {
    const known = answers.get(key)
    answers.set(key, holds)
    return known === undefined || known === holds
  }
  const left = narrowed(literal, condition, values.get(condition.field))
  values.set(condition.field, left)
  return !left.set.isEmpty || left.mayBeAbsent
}

function narrowed({ holds }: Literal, condition: AsksOf<SingleField>, known: Values | undefined): Values {
  const asked = condition.in as ValueSet
  const set = holds ? asked : asked.complement()
  const isSoWithout = holds === condition.ifAbsent
  if (known === undefined) return { set, mayBeAbsent: isSoWithout }
  return { set: known.set.intersect(set), mayBeAbsent: known.mayBeAbsent && isSoWithout }
}

/** Undefined where it is not known. */
function truthOf(
  literal: Asked,
  values: ReadonlyMap<SingleField, Values>,
  answers: ReadonlyMap<string, boolean>,
): boolean | undefined {
  const { condition, holds, key } = literal
  if (!isSingle(condition)) {
    const known = answers.get(key)
    return known === undefined ? undefined : known === holds
  }
  const known = values.get(condition.field)
  const isPossible = (truth: boolean): boolean => {
    const { set, mayBeAbsent } = narrowed({ condition, holds: truth === holds }, condition, known)
    return !set.isEmpty || mayBeAbsent
  }
  return isPossible(true) ? (isPossible(false) ? undefined : true) : false
}
