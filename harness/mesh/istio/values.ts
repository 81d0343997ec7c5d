import { inputError } from '../../core/errors.ts'
import { show } from '../show.ts'

/** What stands between quotes in the injector's YAML template, and then in one line of a payload. */
const printable = /^[ !#-[\]-~]*$/

/** @throws HarnessError (`input`) if it is no text, or could not stand in the injector's template. */
export function readText(option: string, value: unknown, otherwise: string): string {
  if (value === undefined) return otherwise
  if (typeof value !== 'string') throw inputError(option, `${show(value)} is not text`, asText(value))
  if (!printable.test(value))
    throw inputError(option, `${show(value)} has a character that Istio's template cannot hold`)
  return value
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return `write "${value}"`
  return Array.isArray(value) ? 'a list is written as one text with commas: "10.0.0.0/8,192.168.0.0/16"' : undefined
}

export function readBoolean(option: string, value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw inputError(option, `${show(value)} is neither true nor false`)
}

/** One of a few words. */
export function readWord<Word extends string>(
  option: string,
  value: unknown,
  words: readonly Word[],
  otherwise: Word,
): Word {
  if (value === undefined) return otherwise
  const found = words.find((word) => word === value)
  if (found === undefined) throw inputError(option, `${show(value)} is none of ${words.join(', ')}`)
  return found
}

/** A comma list of UIDs or GIDs as iptables takes them; the highest one means "no ID" to the kernel. */
export function readIds(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const list = readText(option, value, '')
  const wrong = list.split(',').find((id) => !/^\d+$/.test(id) || Number(id) > 0xffff_fffe)
  if (wrong !== undefined)
    throw inputError(option, `${show(wrong)} is not an ID; it is a whole number, or several with commas between them`)
  return list
}
