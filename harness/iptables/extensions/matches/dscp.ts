import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { dscpClass, dscpOfClass } from '../dscp-class.ts'
import { wholeNumber } from '../../words/c-numbers.ts'
import * as kinds from '../kinds.ts'
import { over, textOf } from '../lowering.ts'
import { type Given, not, value } from '../option.ts'

/** `-m dscp`. */
export const dscp: MatchExtension = {
  options: [
    value('--dscp', kinds.number(8, 0, 63), { ...not, without: ['--dscp-class'] }),
    value('--dscp-class', dscpClass, { ...not, without: ['--dscp'] }),
  ],
  check: needsAny('--dscp or --dscp-class'),
  tracks: false,
  lower: ({ options }, { family }) =>
    options.map((given) => {
      const first = dscpOf(given) * 4
      return { asked: textOf(given), ...over('tos', { ...given, family }, [{ first, last: first + 3 }]) }
    }),
}

const dscpOf = ({ option, words: [word = ''] }: Given): number =>
  option === '--dscp' ? Number(wholeNumber(word, 63)) : dscpOfClass(word)
