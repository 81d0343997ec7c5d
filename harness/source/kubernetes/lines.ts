import { inputError } from '../../core/errors.ts'
import { decodeCapture } from '../capture/decode.ts'
import { cleanedWords, Tally } from '../capture/tally.ts'
import type { Line } from '../capture/text/line.ts'
import { peel } from '../capture/text/peel.ts'
import { splitLines } from '../capture/text/split.ts'

/** Characters that are read: a pod is some 20,000 long, a list of all of a namespace's a million. */
const longest = 4_000_000

/**
 * The lines of a text that shows Kubernetes objects, without what a terminal, an editor or a quotation has put into it.
 * @param name what it is called in messages. @throws HarnessError (`input`) if it is empty, too long or not text.
 */
export function objectLines(given: Uint8Array | string, name: string): Line[] {
  if (given.length > longest) throw inputError(name, `is ${given.length} long, and at most ${longest} is read`)
  const text = typeof given === 'string' ? given : decodeCapture(given, name).text
  if (text.trim() === '') throw inputError(name, 'is empty')
  const lines = splitLines(text, new Tally(cleanedWords))
  // Only where all of it is quoted: `|` and `>` begin lines of YAML's own.
  const filled = lines.filter((line) => line.text.trim() !== '')
  return filled.every(isQuoted) ? lines.map((line) => (isQuoted(line) ? peel(line).outer : line)) : lines
}

const isQuoted = ({ text }: Line): boolean => /^(?:>|[│┃║|])/.test(text)
