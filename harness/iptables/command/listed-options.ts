import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { longOptions, shortOptions } from './command-options.ts'
import { namesOf } from '../syntax/loaded-options.ts'
import { findModule, moduleNames } from '../syntax/modules.ts'
import { OptionError, refusal } from './refused-options.ts'
import type { Form } from './command.ts'
import { readCommand } from './read-command.ts'
import { findTarget, targetNames } from '../syntax/targets.ts'
import type { Word } from '../words/payload-words.ts'

const known = new Map<Family, readonly string[]>()

/**
 * Every long option that may be given to iptables here, without its dashes, sorted: those of its own, and of any module
 * and target.
 */
export function listedOptions(family: Family): readonly string[] {
  const found = known.get(family)
  if (found !== undefined) return found
  const specs = [
    ...moduleNames.map((name) => findModule(name, family)?.spec),
    ...targetNames.map((name) => findTarget(name, family)),
  ]
  const names = [...longOptions.keys(), ...specs.flatMap((spec) => (spec?.options ?? []).flatMap(namesOf))]
  const sorted = [...new Set(names)].filter((name) => name !== 'modprobe').sort()
  known.set(family, sorted)
  return sorted
}

/** Whether a word is, or is the beginning of, an option that is on the list. */
function isListed({ text }: Word, family: Family): boolean {
  const [, long] = /^--([^=]+)/.exec(text) ?? []
  // A negative number is somebody's value.
  if (long === undefined) return !/^-[^-0-35789]/.test(text) || shortOptions.has(text[1] ?? '')
  const names = listedOptions(family)
  let [low, high] = [0, names.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((names[middle] ?? '') < long) low = middle + 1
    else high = middle
  }
  return names[low]?.startsWith(long) === true
}

/**
 * Only options that are known are ever passed on to iptables, whatever is wrong with the line beside them: that is for
 * iptables to say.
 * @param words those of one line; they throw where it cannot be split.
 * @throws HarnessError (`input`) at an option that is on no list, and at one that nobody may give.
 */
export function checkOptions(words: () => readonly Word[], family: Family, form: Form): void {
  let split: readonly Word[] = []
  try {
    split = words()
    readCommand(split, family, form)
  } catch (thrown) {
    if (!(thrown instanceof HarnessError) || thrown instanceof OptionError) throw thrown
    const unknown = split.find((word) => !isListed(word, family))
    if (unknown !== undefined) throw refusal(unknown, `no option ${unknown.text.split('=')[0]} is known`)
  }
}
