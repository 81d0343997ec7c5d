import type { Interval } from '../../../netfilter/interval-set.ts'
import { joined } from '../../words/print-value.ts'
import { knownTarget } from '../extension.ts'
import { type Choice, fully, portsOption, printChoice, printToPorts, random, readChoice, readToPorts } from '../nat.ts'

/** `-j MASQUERADE` */
export const masquerade = knownTarget<Choice & { ports?: Interval<number> }>({
  options: [portsOption, random, fully],
  tables: ['nat'],
  chains: ['POSTROUTING'],
  read: (options) => {
    const ports = readToPorts(options)
    return ports && { ...ports, ...readChoice(options) }
  },
  print: ({ ports, ...choice }) => joined(printToPorts(ports), ...printChoice(choice)),
  lower: ({ random, fully, ...to }) => ({ kind: 'masquerade', ...to, random: random || fully }),
})
