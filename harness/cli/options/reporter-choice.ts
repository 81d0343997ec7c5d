import { nearestName } from '../../input/nearest-name.ts'

/** How a result is written, and to which file; without one to standard output. */
export interface ChoiceOf<Name extends string> {
  name: Name
  file?: string
}

/** Reads `NAME[=FILE]`. @param names the reporters that there are. */
export function reporterAmong<Name extends string>(names: readonly Name[]): (text: string) => ChoiceOf<Name> {
  return (text) => {
    const split = text.indexOf('=')
    const [given, file] = split === -1 ? [text, undefined] : [text.slice(0, split), text.slice(split + 1)]
    const name = names.find((known) => known === given)
    if (name === undefined) {
      const nearest = nearestName(given, names)
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
      throw new TypeError(`'${given}' is none of ${names.join(', ')}${hint}`)
    }
    if (file === '') throw new TypeError(`'${text}' names no file`)
    return file === undefined ? { name } : { name, file }
  }
}
