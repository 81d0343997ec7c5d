import { inputError } from '../../core/errors.ts'
import { didYouMean } from '../../input/nearest-name.ts'

/** How a result is written, and to which file; without one to standard output. */
export interface ChoiceOf<Name extends string> {
  name: Name
  file?: string
}

/**
 * GitHub takes its own lines out of a job's log, and shows people the rest.
 * @throws HarnessError (`input`) if others write to standard output together.
 */
export function refuseSharedOutput(choices: readonly ChoiceOf<string>[]): void {
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
