import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { allBits, isMet, type MarkQuestion } from './mark-questions.ts'

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
export const markLike = (
  mark: number,
  { intervals }: IntervalSet<Scalar>,
  questions: readonly MarkQuestion[],
): number =>
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
