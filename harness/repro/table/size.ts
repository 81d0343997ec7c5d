import { type Box, dimensionsOf, type ValueSet } from '../../classes/boxes/frame.ts'
import { isMet, type MarkQuestion } from '../../classes/marks/mark-questions.ts'

/** How much of all values a box has, from 0 to 1, as far as numbers tell. */
export const sizeOf = ({ frame: { marks = [], likeTos }, in: sets }: Box): number =>
  dimensionsOf({ in: sets }).reduce(
    (size, dimension) => {
      const set = sets[dimension] as ValueSet
      const { first, last } = set.domain
      return size * (dimension === 'mark' ? marksIn(set, marks) : set.size / (Number(last) - Number(first) + 1))
    },
    likeTos === undefined ? 1 : likeTos.length / 0x100,
  )

/** One mark may stand for all that get the same answers: those that rules ask for are the fewest. */
function marksIn(set: ValueSet, questions: readonly MarkQuestion[]): number {
  const size = set.size / 2 ** 32
  const isPlain = set.intervals.some(({ first }) => questions.every((question) => !isMet(question, Number(first))))
  return isPlain ? 0.5 + size / 2 : size
}
