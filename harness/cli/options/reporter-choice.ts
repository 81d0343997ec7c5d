import { statSync } from 'node:fs'
import { inputError } from '../../core/errors.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { OutputFile } from '../../report/writing/output-file.ts'
import { fromCaller } from '../command/caller.ts'

/** How a result is written, and to which file; without one to standard output. */
export interface ChoiceOf<Name extends string> {
  name: Name
  file?: string
}

/**
 * GitHub takes its own lines out of a job's log, and shows people the rest.
 * @throws HarnessError (`input`) if others write to standard output together.
 */
function refuseSharedOutput(choices: readonly ChoiceOf<string>[]): void {
  const names = choices.flatMap(({ name, file }) => (file === undefined ? [name] : []))
  if (names.length > 1 && names.toSorted().join() !== 'github,pretty')
    throw inputError('--reporter', `${names.join(' and ')} both write to standard output`, 'give one a file: NAME=FILE')
}

/** Reads `NAME[=FILE]`. @param names the reporters that there are. */
export function reporterAmong<Name extends string>(names: readonly Name[]): (text: string) => ChoiceOf<Name> {
  return (text) => {
    const split = text.indexOf('=')
    const [given, file] = split === -1 ? [text, undefined] : [text.slice(0, split), text.slice(split + 1)]
    const name = names.find((known) => known === given)
    if (name === undefined) {
      const known = `'${given}' is none of ${names.join(', ')}`
      throw new TypeError([known, didYouMean(given, names)].filter(Boolean).join('; '))
    }
    if (file === '') throw new TypeError(`'${text}' names no file`)
    return file === undefined ? { name } : { name, file }
  }
}

/** A reporter that was asked for, and the file that it writes; without one it writes to standard output. */
export interface OpenedChoice<Name extends string> {
  name: Name
  file: OutputFile | undefined
}

/**
 * Opens the files of all reporters that a call asks for, pretty if it asks for none. What an earlier call has written
 * there is removed.
 * @throws HarnessError (`input`) if two write to standard output (but for pretty and github) or to one file, or a file
 * cannot be written.
 */
export function openChoices<Name extends string>(
  asked: readonly ChoiceOf<Name | 'pretty'>[],
): OpenedChoice<Name | 'pretty'>[] {
  const choices = asked.length === 0 ? [{ name: 'pretty' as const }] : asked
  refuseSharedOutput(choices)
  refuseSharedFile(choices)
  const opened = choices.map(({ name, file }) => ({
    name,
    file: file === undefined ? undefined : new OutputFile(fromCaller(file), `--reporter ${name}=${file}`),
  }))
  for (const { file } of opened) file?.discardOld()
  return opened
}

/** The later one would silently replace the other. Only regular files: /dev/null may be given twice. */
function refuseSharedFile(choices: readonly ChoiceOf<string>[]): void {
  const seen = new Map<string, string>()
  for (const { name, file } of choices) {
    if (file === undefined) continue
    const path = fromCaller(file)
    const other = seen.get(path)
    if (other !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() !== false)
      throw inputError(`--reporter ${name}=${file}`, `${other} is written there as well`, 'give each a file of its own')
    seen.set(path, name)
  }
}
