import type { Shift } from './columns.ts'
import { outsideQuotes } from './quotations.ts'

/** A line on its way from a file to what iptables reads. */
export interface Line {
  text: string
  /** What each step took out, in the columns of what it left. */
  shifts: readonly (readonly Shift[])[]
}

/** What a terminal obeys to colour text (ECMA-48, 5.4: control sequences). */
const colour = /\u001b\[[0-?]*[ -/]*[@-~]/g
const wideBlanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const invisible = /[\u200b-\u200d\u2060\ufeff]+/g

/** Takes out of a line whatever a pattern finds, and counts it. */
export function remove(line: Line, pattern: RegExp, found: (count: number) => void): Line {
  const steps = new Removal()
  return steps.done(line, steps.from(line.text, 0, pattern), found)
}

/** What is found, and where it was. */
class Removal {
  readonly #shifts: Shift[] = []
  #removed = 0

  /** @param at where the part begins in its line. */
  from(part: string, at: number, pattern: RegExp): string {
    return part.replace(pattern, (found: string, index: number) => {
      this.#shifts.push({ from: at + index - this.#removed + 1, by: found.length })
      this.#removed += found.length
      return ''
    })
  }

  done({ text, shifts }: Line, left: string, found: (count: number) => void): Line {
    if (this.#shifts.length === 0) return { text, shifts }
    found(this.#shifts.length)
    return { text: left, shifts: [...shifts, this.#shifts] }
  }
}

export const withoutColours = (line: Line, found: (count: number) => void): Line => remove(line, colour, found)

export function withoutInvisible(line: Line, found: (count: number) => void): Line {
  if (line.text.search(invisible) < 0) return line
  const steps = new Removal()
  return steps.done(
    line,
    outsideQuotes(line.text, (part, at) => steps.from(part, at, invisible)),
    found,
  )
}

/** Blanks that only a person takes for blanks, made such. */
export function withPlainBlanks(line: Line, found: (count: number) => void): Line {
  const { text, shifts } = line
  if (text.search(wideBlanks) < 0) return line
  let count = 0
  const plain = outsideQuotes(text, (part) =>
    part.replace(wideBlanks, () => {
      count += 1
      return ' '
    }),
  )
  found(count)
  return { text: plain, shifts }
}

export const withoutIndentation = (line: Line, found: (count: number) => void): Line => remove(line, /^[ \t]+/g, found)
