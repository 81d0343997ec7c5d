import * as kinds from './kinds.ts'
import { flag, type ModuleSpec, not, type OptionSpec, value } from './option.ts'

const one = (name: string): OptionSpec => flag(name, not)
const rateSuffixes = 'bit|kibit|kbit|mibit|mbit|gibit|gbit|tibit|tbit|bps|kibps|kbps|mibps|mbps|gibps|gbps|tibps|tbps'
const byteRate = kinds.kind('a rate such as 8bit', (written) => new RegExp(`^\\s*[+-]?\\d*\\.?\\d+(${rateSuffixes})?$`, 'i').test(written))
const maybe = (option: string, kind: kinds.Kind, also: readonly string[] = []): OptionSpec => ({
  ...value(option, kind, { also }),
  words: 'maybe',
  read: (words, around) => (words.length === 0 ? { kind: 'unknown', values: [] } : value(option, kind).read(words, around)),
})

/** `-m rateest`. */
export const rateest: ModuleSpec = {
  options: [
    value('--rateest1', kinds.text(), { also: ['--rateest'] }),
    maybe('--rateest-bps1', byteRate),
    maybe('--rateest-pps1', kinds.number(32)),
    one('--rateest-lt'),
    one('--rateest-gt'),
    one('--rateest-eq'),
    value('--rateest2', kinds.text()),
    maybe('--rateest-bps2', byteRate, ['--rateest-bps']),
    maybe('--rateest-pps2', kinds.number(32), ['--rateest-pps']),
    flag('--rateest-delta'),
  ],
}
