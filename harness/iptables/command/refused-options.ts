import { HarnessError } from '../../core/errors.ts'
import { inOneLine, type Word } from '../words/payload-words.ts'
import { place } from '../words/place.ts'

/** An option that is refused while reading, before any program sees it. */
export class OptionError extends HarnessError {}

export const refusal = ({ line, column }: Word, what: string, hint?: string): OptionError =>
  new OptionError('input', `${place(line, column)}: ${inOneLine(what)}`, hint === undefined ? {} : { hint })

/**
 * What iptables can be told and nobody may tell it here, since it runs a program or opens a file. Every option that is
 * neither here nor known to a module or target is refused as well.
 */
export const refusedOptions: Readonly<Record<string, string>> = {
  '--modprobe': 'it makes iptables run a program',
  '-M': 'it makes iptables run a program',
  '--object-pinned': 'it makes iptables open a file',
}

/**
 * `-M` behind short options that take no value: with one (OPTSTRING_COMMON in iptables/xshared.h), all that follows is
 * the value.
 */
const shortModprobe = /^-[^-ACDEFILNPRSWXZcdghijmopstw]*M/

/**
 * @returns the refused option that a word is as getopt_long(3) may take it: abbreviated, glued, among other short ones.
 */
function refusedName(text: string): string | undefined {
  if (!text.startsWith('-')) return undefined
  const [, long] = /^--([^=]*)/.exec(text) ?? []
  if (long === undefined) return shortModprobe.test(text) ? '-M' : undefined
  // Of a single letter there are other options.
  return long.length < 2 ? undefined : Object.keys(refusedOptions).find((name) => name.startsWith(`--${long}`))
}

/** @returns why nobody may tell a program this option, if that is so. */
export function refusedReason(option: string): string | undefined {
  const name = refusedName(option)
  return name === undefined ? undefined : refusedOptions[name]
}

/**
 * @param isText whether a word is free text, such as a comment, which may look like anything.
 * @throws OptionError at the first word that may be a refused option.
 */
export function refuseOptions(words: readonly Word[], isText: (word: Word) => boolean = () => false): void {
  for (const word of words) {
    const name = refusedName(word.text)
    if (name !== undefined && !isText(word))
      throw refusal(
        word,
        `option ${word.text.split('=')[0]} is not read, since ${refusedOptions[name]}`,
        'leave it out',
      )
  }
}
