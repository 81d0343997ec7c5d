import type { Around, Given, OptionSpec } from '../extensions/option.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/**
 * Reads one option of a match or target with its value.
 * @param has whether an option has been given before.
 * @throws HarnessError (`input`) with the option's place, or its value's.
 */
export function takeOption(
  at: Word,
  spec: OptionSpec,
  negated: boolean,
  values: readonly Word[],
  around: Around,
  has: (option: string) => boolean,
): Given {
  const option = spec.as ?? spec.option
  if (has(option) && spec.repeatable !== true) throw wrongWord(at, `${at.text} is given twice`)
  if (negated && !spec.invertible) throw wrongWord(at, `${spec.option} cannot be negated`)
  if (spec.follows !== undefined && !has(spec.follows))
    throw wrongWord(at, `${spec.option} needs ${spec.follows} before it`)
  return given(spec, option, negated, values, around)
}

function given(spec: OptionSpec, option: string, negated: boolean, values: readonly Word[], around: Around): Given {
  const value: unknown = 'read' in spec ? spec.read(values, around) : spec.check(values, around)
  return { option, negated, words: values.map(({ text }) => text), spec, ...(value !== undefined && { value }) }
}

/**
 * @returns what is wrong with the options taken together: one is missing, or two exclude each other
 * (xtables_option_fcheck2).
 */
export function finishOptions(options: readonly OptionSpec[], has: (option: string) => boolean): string | undefined {
  for (const { option, as = option, required, without = [], needs = [] } of options) {
    if (required === true && !has(as)) return `needs ${as}`
    if (!has(as)) continue
    const excluded = without.find(has)
    if (excluded !== undefined) return `has either ${as} or ${excluded}`
    const missing = needs.find((other) => !has(other))
    if (missing !== undefined) return `needs ${missing} beside ${as}`
  }
  return undefined
}
