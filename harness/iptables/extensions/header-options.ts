import { wholeNumber } from '../words/c-numbers.ts'
import * as kinds from './kinds.ts'
import { type KeptOption, not, value } from './option.ts'

/** As strtoul(3) reads them, of which eight bits count (parse_opts_num in extensions/libip6t_hbh.c). */
const optionNumber = (written: string): boolean =>
  wholeNumber(written.replace(/^-/, ''), kinds.largest[64]) !== undefined

const optionNumbers = kinds.kind('a list of options, each TYPE or TYPE:LENGTH', (written) => {
  const entries = written.split(',')
  return (
    entries.length <= 16 &&
    entries.every((entry) => {
      const [type = '', length, ...rest] = entry.split(':')
      const isRight = optionNumber(type) && (length === undefined || optionNumber(length)) && rest.length === 0
      return isRight && !(length !== undefined && ((wholeNumber(type, kinds.largest[64]) ?? 1n) & 0xffn) === 0n)
    })
  )
})

/** What the two headers with options can be asked. */
export const headerOptions = (name: string): KeptOption[] => [
  value(`--${name}-len`, kinds.number(32), not),
  value(`--${name}-opts`, optionNumbers),
]
