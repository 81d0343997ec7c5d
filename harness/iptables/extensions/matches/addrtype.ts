import { readBeginnings } from '../../words/values.ts'
import { has } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { byOption } from '../lowering.ts'
import { chainsBefore, chainsBehind, type Given, known, type KnownOption, one } from '../option.ts'

const addressTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const

/** The one interface that types are asked about, if that is so. */
function limitIn(beside: readonly Given[]): 'in' | 'out' | undefined {
  if (beside.some(({ option }) => option === '--limit-iface-in')) return 'in'
  return beside.some(({ option }) => option === '--limit-iface-out') ? 'out' : undefined
}

const typeOption = (option: string, side: 'source' | 'destination'): KnownOption<string[]> =>
  one<string[]>({
    option,
    read: (word) => {
      const given = readBeginnings(word, addressTypes, 'address type')
      return addressTypes.filter((type) => given.includes(type))
    },
    print: (types) => types.join(','),
    lower: (types, { negated, beside }) => {
      const device = limitIn(beside)
      return { kind: 'address-type', side, types, negated, ...(device && { device }) }
    },
  })

const limitOption = (side: 'in' | 'out', other: string, notIn: readonly string[]): KnownOption<true> =>
  known<true>({
    option: `--limit-iface-${side}`,
    words: 0,
    invertible: false,
    without: [other],
    notIn: () => notIn,
    read: () => true,
    print: () => undefined,
    lower: () => ({ kind: 'limit-interface', side }),
  })

/** `-m addrtype` */
export const addrtype: MatchExtension = {
  options: [
    typeOption('--src-type', 'source'),
    typeOption('--dst-type', 'destination'),
    limitOption('in', '--limit-iface-out', chainsBehind),
    limitOption('out', '--limit-iface-in', chainsBefore),
  ],
  check: (asked) =>
    has(asked, '--src-type') || has(asked, '--dst-type') ? undefined : 'needs --src-type or --dst-type',
  tracks: false,
  lower: byOption,
}
