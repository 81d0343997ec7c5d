import { domainOf } from '../../netfilter/field.ts'
import { icmpType, type IcmpType } from '../words/icmp-types.ts'
import type { MatchExtension } from './extension.ts'
import { byOption, over } from './lowering.ts'
import { one } from './option.ts'

/** `-m icmp` and `-m icmp6`, which have one option. */
export const icmpMatch = (option: string): Pick<MatchExtension, 'options' | 'tracks' | 'lower'> => ({
  options: [
    one<IcmpType>({
      option,
      required: true,
      read: (word, { family }) => icmpType(word, family),
      print: ({ type, code }) => (code === undefined ? `${type}` : `${type}/${code}`),
      lower: ({ type, code, isRange }, asking) => {
        if (isRange) return { kind: 'unknown', values: [`${type}/${code}`] }
        const codes =
          type === 'any'
            ? domainOf('icmp', asking.family)
            : { first: type * 256 + (code ?? 0), last: type * 256 + (code ?? 255) }
        return over('icmp', asking, [codes], { ifAbsent: asking.negated })
      },
    }),
  ],
  tracks: false,
  lower: byOption,
})
