import { joined } from '../../words/print-value.ts'
import { knownTarget } from '../extension.ts'
import {
  type Choice,
  type NatRange,
  natRangeOption,
  fully,
  persistent,
  printChoice,
  printNatRange,
  random,
  readChoice,
  readNatRange,
} from '../nat.ts'

/** `-j SNAT` */
export const snat = knownTarget<Omit<NatRange, 'shift'> & Choice & { persistent: boolean }>({
  options: [natRangeOption('--to-source'), random, fully, persistent],
  tables: ['nat'],
  chains: ['POSTROUTING', 'INPUT'],
  read: (options, at, { family }) => {
    const { shift, ...range } = readNatRange(options.get('--to-source') ?? at, family) ?? { shift: 0 }
    return shift === undefined
      ? { ...range, ...readChoice(options), persistent: options.has('--persistent') }
      : undefined
  },
  print: ({ persistent, ...to }) =>
    joined('--to-source', printNatRange(to), ...printChoice(to), persistent && '--persistent'),
  lower: ({ persistent: _, random, fully, ...to }) => ({ kind: 'snat', ...to, random: random || fully }),
})
