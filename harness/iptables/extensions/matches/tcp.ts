import { formatFlags, tcpFlagNames } from '../../../core/tcp-flags.ts'
import { part, readNumber } from '../../words/values.ts'
import { withoutServiceNames } from '../../words/services.ts'
import { type Word, wrongWord } from '../../words/payload-words.ts'
import type { Asked, MatchExtension } from '../extension.ts'
import { isServiceName } from '../port-kinds.ts'
import { byOption, over, single } from '../lowering.ts'
import { known, type KnownOption, one, valueRead } from '../option.ts'
import { portOptions, readPorts } from '../ports.ts'

interface Flags {
  mask: number
  set: number
}

function readFlags(word: Word): number {
  return word.text
    .split(',')
    .filter((name) => name !== '')
    .reduce((bits, name) => {
      const upper = name.toUpperCase()
      if (upper === 'ALL') return 0x3f
      if (upper === 'NONE') return bits
      const bit = tcpFlagNames.indexOf(upper)
      if (bit < 0)
        throw wrongWord(part(word, name), `'${name}' is no TCP flag; they are ${tcpFlagNames.join(', ')}, ALL and NONE`)
      return bits | (1 << bit)
    }, 0)
}

const flags = {
  invertible: true,
  print: ({ mask, set }: Flags) => `${formatFlags(mask)} ${formatFlags(set)}`,
  lower: ({ mask, set }: Flags, asking: Parameters<KnownOption<Flags>['lower']>[1]) =>
    over('tcpFlags', asking, [single(set)], { mask, ifAbsent: asking.negated }),
} as const

const tcpFlags = known<Flags>({
  ...flags,
  option: '--tcp-flags',
  words: 2,
  read: (words) => {
    const [mask, set] = words.map(readFlags) as [number, number]
    return { mask, set }
  },
})

const syn = known<Flags>({
  ...flags,
  option: '--syn',
  as: '--tcp-flags',
  words: 0,
  read: () => ({ mask: 0x17, set: 0x02 }),
})

/** Whether a match takes segments with SYN alone. */
export const asksForSyn = ({ module, options }: Asked): boolean =>
  module === 'tcp' &&
  options.some((given) => {
    const { set = 0 } = valueRead(tcpFlags, given) ?? valueRead(syn, given) ?? {}
    return (set & 2) > 0 && !given.negated
  })

/** `-m tcp`; a port or a range of them is read as by parse_tcp_ports in extensions/libxt_tcp.c. */
export const tcp: MatchExtension = {
  options: [
    ...portOptions((word) => {
      const text = withoutServiceNames(word.text, 'tcp')
      return text.split(':', 3).length < 3 && text.split(':').some(isServiceName)
        ? undefined
        : readPorts(word, text, ':', true)
    }),
    one<number>({
      option: '--tcp-option',
      read: (word) => readNumber(word, 'TCP option', 255, 1),
      print: (option) => `${option}`,
      lower: (option) => ({ kind: 'unknown', values: [`${option}`] }),
    }),
    tcpFlags,
    syn,
  ],
  protocols: [6],
  tracks: false,
  lower: byOption,
}
