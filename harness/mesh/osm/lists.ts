import { inputError } from '../../core/errors.ts'
import { show } from '../show.ts'

/**
 * Reads a list from the mesh config.
 * @param check makes an entry of a value, or throws a TypeError that says what is wrong with it.
 * @throws HarnessError (`input`) naming the option, the value and the reason.
 */
export function readList<Entry>(option: string, value: unknown, check: (value: unknown) => Entry): Entry[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw inputError(option, `${show(value)} is not a list`)
  return value.map((entry: unknown) => readEntry(option, entry, check))
}

/**
 * Reads an annotation's comma list; spaces around entries do not count.
 * @throws HarnessError (`input`) naming the annotation, the value and the reason; an empty entry is one, so a trailing
 * comma too.
 */
export function readCommaList<Entry>(annotation: string, value: unknown, check: (text: string) => Entry): Entry[] {
  if (value === undefined) return []
  if (typeof value !== 'string')
    throw inputError(annotation, `${show(value)} is not text; an annotation's value is a comma list`)
  const entries = value.split(',').map((entry) => entry.trim())
  if (entries.length === 1 && entries[0] === '')
    throw inputError(annotation, `${show(value)} is empty`, 'leave the annotation out')
  if (entries.at(-1) === '') throw inputError(annotation, `${show(value)} ends in a comma`)
  if (entries.includes('')) throw inputError(annotation, `${show(value)} has an empty entry`)
  return entries.map((entry) => readEntry(annotation, entry, check))
}

function readEntry<Value, Entry>(where: string, value: Value, check: (value: Value) => Entry): Entry {
  try {
    return check(value)
  } catch (error) {
    if (error instanceof TypeError) throw inputError(where, error.message)
    throw error
  }
}

/** Both lists' entries without repeats, the first list's first. */
export function union<Entry>(first: readonly Entry[], second: readonly Entry[]): Entry[] {
  return [...new Set([...first, ...second])]
}
