import { type HarnessError, inputError } from '../../core/errors.ts'

/** Where something stands in the text that the rules came from, counted from 1. */
export interface Place {
  line: number
  column: number
}

/** `line 3, column 5`. The caller puts the text's name in front. */
export function place(line: number, column?: number): string {
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`
}

/** What stands there is wrong. */
export function wrongAt({ line, column }: Place, what: string, hint?: string): HarnessError {
  return inputError(place(line, column), what, hint)
}
