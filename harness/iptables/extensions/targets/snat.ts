import { joined } from '../../print-value.ts'
import { knownTarget } from '../extension.ts'
import { type Choice, type Ends, endsOption, fully, persistent, printChoice, printEnds, random, readChoice, readEnds } from '../nat.ts'

/** `-j SNAT` */
export const snat = knownTarget<Omit<Ends, 'shift'> & Choice & { persistent: boolean }>({
  options: [endsOption('--to-source'), random, fully, persistent],
  tables: ['nat'],
  chains: ['POSTROUTING', 'INPUT'],
  read: (options, at, { family }) => {
    const { shift, ...ends } = readEnds(options.get('--to-source') ?? at, family) ?? { shift: 0 }
    return shift === undefined ? { ...ends, ...readChoice(options), persistent: options.has('--persistent') } : undefined
  },
  print: ({ persistent, ...to }) => joined('--to-source', printEnds(to), ...printChoice(to), persistent && '--persistent'),
  lower: ({ persistent: _, fully: __, ...to }) => ({ kind: 'snat', ...to }),
})
