import { parseArgs } from 'node:util'
import { inputError } from '../../core/errors.ts'
import { nearestName } from '../../input/nearest-name.ts'
import { program } from './caller.ts'

/** One option of a command: how it is written, what it means, how its text is read. */
export interface Option<T> {
  /** What stands for the value in help; without one the option is a switch. */
  value?: string
  /** Given more than once, every value counts. Any other option counts once, and is refused a second time. */
  repeatable?: true
  help: string
  /**
   * @param texts what was given, in order; empty if the option was not. @throws TypeError saying what is wrong with the
   * value.
   */
  read(texts: readonly string[]): T
}

/** The texts that options were given, by name; of a switch an empty one. */
export type Given = ReadonlyMap<string, readonly string[]>

export type Options = Readonly<Record<string, Option<unknown>>>
export type Values<O extends Options> = { [Name in keyof O]: O[Name] extends Option<infer T> ? T : never }

export function flag(help: string): Option<boolean> {
  return { help, read: (texts) => texts.length > 0 }
}

/** An option with a value, or undefined where it is not given. @param read by default takes it as it is written. */
export function optional(value: string, help: string): Option<string | undefined>
export function optional<T>(value: string, help: string, read: (text: string) => T): Option<T | undefined>
export function optional<T>(
  value: string,
  help: string,
  read: (text: string) => T | string = (text) => text,
): Option<T | string | undefined> {
  return { value, help, read: ([text]) => (text === undefined ? undefined : read(text)) }
}

/** An option with a value that has a default. */
export function withDefault<T>(value: string, standard: string, help: string, read: (text: string) => T): Option<T> {
  return { value, help: `${help} (default: ${standard})`, read: ([text]) => read(text ?? standard) }
}

export function repeatable<T>(value: string, help: string, read: (text: string) => T): Option<T[]> {
  return { value, repeatable: true, help, read: (texts) => texts.map(read) }
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((known) => known === text)
    if (word === undefined) throw new TypeError(`'${text}' is none of ${words.join(', ')}`)
    return word
  }
}

/** One of a few words, or `all` for every one. */
export function someOf<T extends string>(words: readonly T[]): (text: string) => readonly T[] {
  const read = oneOf([...words, 'all'])
  return (text) => {
    const word = read(text)
    return word === 'all' ? words : [word as T]
  }
}

/** A whole number from 1 on. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new TypeError(`'${text}' is not a whole number from 1 to 999999`)
  return Number(text)
}

/** Milliseconds, as Playwright's and Vitest's timeouts are; of a day at most. */
export function milliseconds(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text) && Number(text) <= 86_400_000) return Number(text)
  throw new TypeError(`'${text}' is not a whole number of milliseconds from 1 to 86400000, such as 10000`)
}

/** One of N parts, as I/N. */
export function shard(text: string): { index: number; count: number } {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? []
  if (Number(index) <= Number(count)) return { index: Number(index), count: Number(count) }
  throw new TypeError(`'${text}' is not I/N with I from 1 to N, such as 1/3`)
}

export function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new TypeError((error as Error).message)
  }
}

/**
 * The options that arguments give, and what else they hold.
 * @throws HarnessError (`input`) naming an option that there is not, or that is given twice or in part.
 */
export function splitArguments(
  command: string,
  options: Options,
  args: readonly string[],
): { given: ReadonlyMap<string, readonly string[]>; positionals: readonly string[] } {
  const types = Object.entries(options).map(
    ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
  )
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (option === undefined)
      throw inputError(token.rawName, `'${command}' has no such option`, optionHint(command, token.name, options))
    const texts = given.get(token.name) ?? []
    given.set(token.name, [...texts, textOf(token.rawName, option, token.value, token.inlineValue ?? false)])
    if (texts.length > 0 && option.repeatable === undefined) throw inputError(token.rawName, 'given twice')
  }
  return { given, positionals }
}

/** @throws HarnessError (`input`) naming an option whose value is none of its kind. */
export function readValues<O extends Options>(options: O, given: Given): Values<O> {
  const read = Object.entries(options).map(([name, option]) => [
    name,
    reading(`--${name}`, () => option.read(given.get(name) ?? [])),
  ])
  return Object.fromEntries(read) as Values<O>
}

function optionHint(command: string, name: string, options: Options): string {
  const nearest = nearestName(name, Object.keys(options))
  const help = `'${program} ${command} --help' lists those it has`
  return nearest === undefined ? help : `did you mean --${nearest}? ${help}`
}

function textOf(
  name: string,
  { value: placeholder }: Option<unknown>,
  value: string | undefined,
  inline: boolean,
): string {
  if (placeholder === undefined) {
    if (inline) throw inputError(name, 'takes no value')
    return ''
  }
  if (value === undefined || (!inline && value.startsWith('--')))
    throw inputError(name, 'needs a value', `write ${name} ${placeholder}`)
  return value
}

/** Reads what an option was given. @throws HarnessError (`input`) naming the option in place of a TypeError. */
export function reading<T>(option: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) throw inputError(option, error.message)
    throw error
  }
}
