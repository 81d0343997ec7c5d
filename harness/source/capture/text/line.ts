import { HarnessError } from '../../../core/errors.ts'
import { type Place, place } from '../../../iptables/words/place.ts'

/** Characters taken out of a line: from this column of what is left on, the file's columns are larger by so many. */
export interface Shift {
  /** From 1. */
  from: number
  by: number
}

/** A line on its way from a file to what iptables reads. */
export interface Line {
  text: string
  /** Where it stands in the file, from 1. */
  number: number
  /** What each step took out, in the columns of what it left. */
  shifts: readonly (readonly Shift[])[]
  /** Where each of its characters stood in the file before any step, where that is not one behind the other. */
  columns?: readonly number[]
}

/** @param column from 1, of what is left of the line. */
export function placeIn({ number, shifts, columns }: Line, column: number): Place {
  const own = shifts.reduceRight(
    (at, step) => step.reduce((sum, { from, by }) => (from <= at ? sum + by : sum), at),
    column,
  )
  if (columns === undefined) return { line: number, column: own }
  return { line: number, column: columns[own - 1] ?? (columns.at(-1) ?? 0) + 1 }
}

/** How many blanks a line begins with. */
export const indentationOf = (text: string): number => text.length - text.trimStart().length

/** A line without its first characters, and without its last. */
export function cut(line: Line, from: number, to = line.text.length): Line {
  if (from === 0 && to === line.text.length) return line
  const text = line.text.slice(from, to)
  return from === 0 ? { ...line, text } : { ...line, text, shifts: [...line.shifts, [{ from: 1, by: from }]] }
}

/** A line with other characters from here to there. */
export function replaceIn(line: Line, from: number, to: number, by: string): Line {
  const text = line.text.slice(0, from) + by + line.text.slice(to)
  const grown = by.length - (to - from)
  return grown === 0
    ? { ...line, text }
    : { ...line, text, shifts: [...line.shifts, [{ from: from + by.length + 1, by: -grown }]] }
}

/** Maps an error from reading these lines: the place at the start of its message becomes the place in the file. */
export function locateIn(lines: readonly (Line | undefined)[], error: HarnessError): HarnessError {
  const message = error.message.replace(
    /^line (\d+)(?:, column (\d+))?(?=:)/,
    (written, line: string, column?: string) => {
      const own = lines[Number(line) - 1]
      if (own === undefined) return written
      const at = placeIn(own, Number(column ?? 1))
      return place(at.line, column === undefined ? undefined : at.column)
    },
  )
  if (message === error.message) return error
  return new HarnessError(error.fault, message, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) })
}
