import type { Interval } from '../../../netfilter/interval-set.ts'
import { joined } from '../../words/print-value.ts'
import { knownTarget } from '../extension.ts'
import { portsOption, printToPorts, random, readToPorts } from '../nat.ts'

/** `-j REDIRECT` */
export const redirect = knownTarget<{ ports?: Interval<number>; random: boolean }>({
  options: [portsOption, random],
  tables: ['nat'],
  chains: ['PREROUTING', 'OUTPUT'],
  read: (options) => {
    const ports = readToPorts(options)
    return ports && { ...ports, random: options.has('--random') }
  },
  print: ({ ports, random }) => joined(printToPorts(ports), random && '--random'),
  lower: (to) => ({ kind: 'redirect', ...to }),
})
