import type { Asked, MatchExtension } from '../extensions/extension.ts'
import type { Around } from '../extensions/option.ts'
import { finishOptions } from './own-options.ts'
import { orderOf } from '../extensions/print-order.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/** Holds a module's options against each other once all of them are read. @throws HarnessError (`input`) */
export function finishMatch(match: Asked, spec: MatchExtension, at: Word, around: Around): void {
  const { module, options } = match
  const complaint =
    finishOptions(spec.options, (name) => options.some(({ option }) => option === name)) ?? spec.check?.(match, around)
  if (complaint !== undefined) throw wrongWord(at, `-m ${module} ${complaint}`)
  const isRepeated = spec.options.some(({ repeatable }) => repeatable)
  if (!isRepeated) options.sort((a, b) => orderOf(a, spec.options) - orderOf(b, spec.options))
}
