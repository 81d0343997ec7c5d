import { fieldQuestions } from '../../netfilter/field-questions.ts'
import type { Family } from '../../core/address.ts'
import type { PolicyRouting } from '../../flow/policy-routing.ts'
import type { IntervalSet } from '../../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import { isPartialMark } from './partial-mark.ts'

/** Whether the bits of a mark that count are these. */
export interface MarkQuestion {
  mask: number
  value: number
  /** It is asked of a mark of which a rule has changed some bits. */
  isOfChanged?: true
}

export const allBits = 0xffff_ffff

export const isMet = ({ mask, value }: MarkQuestion, mark: number): boolean => (mark & mask) >>> 0 === value

/** What a rule does to a mark: `(mark & ~mask) ^ value`. */
interface Change {
  mask: number
  value: number
}

/** More changes one behind the other are not looked at. */
const mostChanges = 32

/**
 * Every question that rules and policy routing ask of a mark, and what it comes to of the flow's own where a rule may
 * have changed some bits before.
 */
export function markQuestions(
  rulesets: readonly Ruleset[],
  routings: readonly Pick<PolicyRouting, 'rules'>[],
  family: Family,
): MarkQuestion[] {
  const rules = rulesets.flatMap(rulesOf)
  const direct = [
    ...rules.flatMap(({ conditions }) =>
      conditions
        .flatMap(fieldQuestions)
        .flatMap((asked) =>
          asked.field === 'mark' || asked.field === 'ctmark'
            ? namedIn(asked.in as IntervalSet<number>).map((value) => ({ mask: Number(asked.mask ?? allBits), value }))
            : [],
        ),
    ),
    ...routings.flatMap(({ rules: routed }) =>
      routed.flatMap((rule): MarkQuestion[] =>
        rule.family === family && rule.fwmark !== undefined ? [{ mask: rule.mask ?? allBits, value: rule.fwmark }] : [],
      ),
    ),
  ]
  const changes = closed(
    rules.flatMap(({ statements }) =>
      statements.flatMap((statement): Change[] =>
        isPartialMark(statement) && 'mask' in statement ? [{ mask: statement.mask, value: statement.value }] : [],
      ),
    ),
  )
  const copied = rules.flatMap(({ statements }) =>
    statements.flatMap((statement) =>
      statement.kind === 'connmark' && statement.action !== 'set' && isPartialMark(statement)
        ? bitsOf((statement.nfmask | statement.ctmask) >>> 0)
        : [],
    ),
  )
  return unique([
    ...direct,
    ...changes.flatMap((change) => direct.flatMap((question) => before(change, question))),
    // Where bits are copied to and fro, each may count.
    ...copied.map((bit): MarkQuestion => ({ mask: bit, value: bit, isOfChanged: true })),
  ])
}

/** What a condition or its negation names: iptables asks for one value, a set for several. */
const namedIn = (set: IntervalSet<number>): number[] =>
  [set, set.complement()].flatMap(({ intervals }) =>
    intervals.every(({ first, last }) => first === last) ? intervals.map(({ first }) => first) : [],
  )

const bitsOf = (mask: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0).filter((bit) => (mask & bit) !== 0)

/** The changes, and what two or more of them come to in a row. */
function closed(changes: readonly Change[]): Change[] {
  const found = new Map(changes.map((change) => [`${change.mask} ${change.value}`, change]))
  for (const one of found.values())
    for (const next of changes) {
      if (found.size >= mostChanges) return [...found.values()]
      const both = { mask: (one.mask | next.mask) >>> 0, value: ((one.value & ~next.mask) ^ next.value) >>> 0 }
      const key = `${both.mask} ${both.value}`
      if (!found.has(key)) found.set(key, both)
    }
  return [...found.values()]
}

/**
 * What a question about the changed mark asks of the mark before: about the bits that are left. None where those that
 * are changed answer it.
 */
function before({ mask, value }: Change, question: MarkQuestion): MarkQuestion[] {
  const wanted = question.value ^ value
  const left = (question.mask & ~mask) >>> 0
  return (wanted & question.mask & mask) !== 0 || left === 0
    ? []
    : [{ mask: left, value: (wanted & left) >>> 0, isOfChanged: true }]
}

const unique = (questions: readonly MarkQuestion[]): MarkQuestion[] =>
  [
    ...new Map(questions.toReversed().map((question) => [`${question.mask} ${question.value}`, question])).values(),
  ].toReversed()
