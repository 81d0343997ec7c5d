import { joined } from '../../print-value.ts'
import { knownTarget } from '../extension.ts'
import { type Ends, endsOption, persistent, printEnds, random, readEnds } from '../nat.ts'

/** `-j DNAT` */
export const dnat = knownTarget<Ends & { random: boolean; persistent: boolean }>({
  options: [endsOption('--to-destination'), random, persistent],
  tables: ['nat'],
  chains: ['PREROUTING', 'OUTPUT'],
  read: (options, at, { family }) => {
    const ends = readEnds(options.get('--to-destination') ?? at, family)
    return ends && { ...ends, random: options.has('--random'), persistent: options.has('--persistent') }
  },
  print: ({ random, persistent, ...ends }) =>
    joined('--to-destination', printEnds(ends), random && '--random', persistent && '--persistent'),
  lower: ({ persistent: _, ...to }) => ({ kind: 'dnat', ...to }),
})
