import { joined } from '../../words/print-value.ts'
import { knownTarget } from '../extension.ts'
import { type NatRange, natRangeOption, persistent, printNatRange, random, readNatRange } from '../nat.ts'

/** `-j DNAT` */
export const dnat = knownTarget<NatRange & { random: boolean; persistent: boolean }>({
  options: [natRangeOption('--to-destination'), random, persistent],
  tables: ['nat'],
  chains: ['PREROUTING', 'OUTPUT'],
  read: (options, at, { family }) => {
    const range = readNatRange(options.get('--to-destination') ?? at, family)
    return range && { ...range, random: options.has('--random'), persistent: options.has('--persistent') }
  },
  print: ({ random, persistent, ...range }) =>
    joined('--to-destination', printNatRange(range), random && '--random', persistent && '--persistent'),
  lower: ({ persistent: _, ...to }) => ({ kind: 'dnat', ...to }),
})
