import * as kinds from './kinds.ts'
import { atLeast, flag, type ModuleSpec, not, type OptionSpec, value } from './option.ts'

const setDirections = kinds.kind("'src' or 'dst', or a list of up to six of them", (written) => {
  const entries = written.split(',')
  return entries.length <= 6 && entries.every((entry) => /^(src|dst)/.test(entry))
})
const setName = kinds.text(0, 31)

/** Two words: a set's name and its directions (extensions/libxt_set.h). */
export const setOption = (option: string, more: Partial<OptionSpec> = {}): OptionSpec => ({
  option,
  words: 2,
  invertible: false,
  ...more,
  read: ([name, directions], around) => ({
    kind: 'unknown',
    values: [
      ...asWritten(value(option, setName).read(name === undefined ? [] : [name], around)),
      ...asWritten(value(option, setDirections).read(directions === undefined ? [] : [directions], around)),
    ],
  }),
})

const asWritten = (question: ReturnType<OptionSpec['read']>): string[] => (question.kind === 'unknown' ? question.values : [])

/** `-m set`. */
export const set: ModuleSpec = {
  options: [
    setOption('--match-set', { ...not, also: ['--set'] }),
    flag('--return-nomatch', not),
    flag('--update-counters', not),
    flag('--update-subcounters', not),
    ...['packets', 'bytes'].flatMap((name) => [
      value(`--${name}-eq`, kinds.number(64), not),
      value(`--${name}-lt`, kinds.number(64)),
      value(`--${name}-gt`, kinds.number(64)),
    ]),
  ],
  check: atLeast('--match-set', '--match-set'),
}
