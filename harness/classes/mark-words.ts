import { IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import type { ValueSet } from './boxes/frame.ts'
import { allBits, isMet, type MarkQuestion } from './marks/mark-questions.ts'

/**
 * Marks in words: by what rules ask of their bits, `0x539/0xfff`, where few of them stand for all that get the same
 * answers.
 * @param all that there are. @returns undefined where rules ask for whole marks alone.
 */
export function markParts(
  all: ValueSet,
  questions: readonly MarkQuestion[],
): ((set: ValueSet) => string[]) | undefined {
  const isFew = all.intervals.every(({ first, last }) => first === last)
  if (!isFew || questions.every(({ mask }) => mask === allBits)) return undefined
  const direct = questions.filter(({ isOfChanged }) => isOfChanged === undefined)
  return (set) => partsOf(set, all, direct)
}

/** Questions that only marks of the set meet, and what is left of it by its bits. */
function partsOf(set: ValueSet, all: ValueSet, questions: readonly MarkQuestion[]): string[] {
  let left = set
  const parts: string[] = []
  for (const question of questions) {
    const met = all.intervals.filter(({ first }) => isMet(question, Number(first)))
    const isOwn = met.length > 0 && met.every(({ first }) => set.contains(first))
    if (!isOwn || met.every(({ first }) => !left.contains(first))) continue
    parts.push(questionText(question))
    left = left.intersect(IntervalSet.of<Scalar>(all.domain, ...met).complement())
  }
  return [...parts, ...left.intervals.map(({ first }) => exactly(Number(first), questions))]
}

/** `0x4000/0x4000 without 0x8000/0x8000` */
function exactly(mark: number, questions: readonly MarkQuestion[]): string {
  const [met, others] = [true, false].map((isWanted) => questions.filter((each) => isMet(each, mark) === isWanted))
  const without = (others ?? []).map(questionText)
  const own = (met ?? []).map(questionText)
  if (own.length === 0) return without.length === 0 ? `0x${mark.toString(16)}` : `any but ${without.join(', ')}`
  return `${own.join(' with ')}${without.length === 0 ? '' : ` without ${without.join(', ')}`}`
}

const questionText = ({ mask, value }: MarkQuestion): string =>
  `0x${value.toString(16)}${mask === allBits ? '' : `/0x${mask.toString(16)}`}`
