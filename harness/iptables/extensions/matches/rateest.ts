import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { checkKind, flag, flagNot, type KeptOption, value } from '../option.ts'

const rateSuffixes = 'bit|kibit|kbit|mibit|mbit|gibit|gbit|tibit|tbit|bps|kibps|kbps|mibps|mbps|gibps|gbps|tibps|tbps'
const byteRate = kinds.kind('a rate such as 8bit', (written) =>
  new RegExp(`^\\s*[+-]?\\d*\\.?\\d+(${rateSuffixes})?$`, 'i').test(written),
)
const maybe = (option: string, kind: kinds.Kind, also: readonly string[] = []): KeptOption => ({
  ...value(option, kind, { also }),
  words: 'maybe',
  check: ([word], { family }) => {
    if (word !== undefined) checkKind(word, kind, family)
  },
})

/** `-m rateest`. */
export const rateest: MatchExtension = {
  ...kept,
  options: [
    value('--rateest1', kinds.text(), { also: ['--rateest'] }),
    maybe('--rateest-bps1', byteRate),
    maybe('--rateest-pps1', kinds.number(32)),
    flagNot('--rateest-lt'),
    flagNot('--rateest-gt'),
    flagNot('--rateest-eq'),
    value('--rateest2', kinds.text()),
    maybe('--rateest-bps2', byteRate, ['--rateest-bps']),
    maybe('--rateest-pps2', kinds.number(32), ['--rateest-pps']),
    flag('--rateest-delta'),
  ],
}
