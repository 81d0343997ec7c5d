import * as kinds from './kinds.ts'
import { type KeptOption, value } from './option.ts'

/** What TTL and HL may do. */
export const hopLimit = (name: string): KeptOption[] =>
  ['set', 'inc', 'dec'].map((how, _, all) =>
    value(`--${name}-${how}`, kinds.number(8, how === 'set' ? 0 : 1), {
      without: all.filter((other) => other !== how).map((other) => `--${name}-${other}`),
    }),
  )
