import { IntervalSet } from '../netfilter/interval-set.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import type { Cell, Constraint } from './cell.ts'
import type { ValueSet } from './frame.ts'
import { allBits, isMet, type MarkQuestion } from './mark-questions.ts'

/** What a flow's mark must be for the policy routing to lead it the same way. */
export function markRoutedAlike({ rules }: Pick<PolicyRouting, 'rules'>, cell: Cell): Constraint[] {
  const own = cell.point.mark
  const all = cell.in('mark')
  if (typeof own !== 'number' || all === undefined) return []
  return rules.flatMap(({ family, fwmark = 0, mask = fwmark === 0 ? 0 : allBits }): Constraint[] => {
    if (family !== cell.frame.family || mask === 0) return []
    const asked = IntervalSet.of(all.domain, { first: fwmark, last: fwmark })
    const whole = asked.contains(own) ? asked : asked.complement()
    const set = mask === allBits ? whole : marksLike(own, all, (mark) => ((mark ^ fwmark) & mask) === 0)
    return [{ dimension: 'mark', set }]
  })
}

/** Of marks that are few, those that are answered as one of them is; of all others that one alone. */
export function marksLike(own: number, { domain, intervals }: ValueSet, answer: (mark: number) => boolean): ValueSet {
  const few = intervals.every(({ first, last }) => first === last) ? intervals : []
  const alike = few.filter(({ first }) => answer(Number(first)) === answer(own))
  return IntervalSet.of(domain, { first: own, last: own }, ...alike)
}

/** More marks than that are not looked at, and not tried. */
const [most, mostTried] = [64, 4096]

/**
 * The marks that flows may have, so that every rule says of any other mark what it says of one of these. All there are
 * where rules ask for whole marks; where they ask for bits, or change them, the plainest of those that get the same
 * answers.
 */
export function marksFor(questions: readonly MarkQuestion[]): IntervalSet<number> {
  const domain = { first: 0, last: allBits }
  if (questions.every(({ mask }) => mask === allBits || mask === 0)) return IntervalSet.all(domain)
  const chosen = new Map<string, number>()
  for (const mark of candidates(questions)) {
    const answers = answersOf(questions, mark)
    if (!chosen.has(answers) && chosen.size < most) chosen.set(answers, mark)
  }
  return IntervalSet.of(domain, ...[...chosen.values()].map((mark) => ({ first: mark, last: mark })))
}

/** The one of these marks that gets the same answers as any other one. */
export const markLike = (mark: number, { intervals }: ValueSet, questions: readonly MarkQuestion[]): number =>
  Number(
    intervals.find(
      ({ first, last }) => first === last && answersOf(questions, Number(first)) === answersOf(questions, mark),
    )?.first ?? mark,
  )

const answersOf = (questions: readonly MarkQuestion[], mark: number): string =>
  questions.map((question) => (isMet(question, mark) ? 'y' : 'n')).join('')

/** A mark for each choice of questions that it meets: its bits are those that they name, or some that they do not. */
function candidates(questions: readonly MarkQuestion[]): Set<number> {
  const found = new Set([0])
  for (const { mask, value } of questions)
    for (const mark of [...found])
      for (const own of [value, value ^ (mask & -mask)])
        if (found.size < mostTried) found.add(((mark & ~mask) | (own & mask)) >>> 0)
  return found
}
