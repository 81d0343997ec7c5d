import { type Address, prefixLength } from '../header-values.ts'
import { knownTarget } from '../extension.ts'
import { masked, readHostMask } from '../host-mask.ts'
import * as addressKinds from '../address-kinds.ts'
import { checkKind } from '../option.ts'

/** `-j NETMAP`: the bits of a network take the place of an address's own (net/netfilter/xt_NETMAP.c). */
export const netmap = knownTarget<Address>({
  options: [
    {
      option: '--to',
      words: 1,
      invertible: false,
      required: true,
      check: ([word], { family }) => checkKind(word, addressKinds.network, family),
    },
  ],
  tables: ['nat'],
  chains: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  read: (options, at, { family }) => {
    const to = readHostMask(options.get('--to') ?? at, family)
    return to && masked(to)
  },
  print: ({ address, mask }) => `--to ${address}/${prefixLength(mask)}`,
  lower: ({ address, mask }) => ({ kind: 'netmap', network: address, bits: mask }),
})
