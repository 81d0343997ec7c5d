import { connectionStatuses, type Field } from '../../../netfilter/field.ts'
import { type Address, readProtocol } from '../header-values.ts'
import type { Interval } from '../../../netfilter/interval-set.ts'
import { range } from '../../words/print-value.ts'
import { readBeginnings } from '../../words/values.ts'
import { has, needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { masked, readHostMask } from '../host-mask.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { byOption, over, single } from '../lowering.ts'
import { type Asking, checkKind, type KnownOption, not, one, value } from '../option.ts'
import { overAddress, printAddress } from '../over-address.ts'
import { statesOption } from '../states.ts'

const ends = ['src', 'dst'] as const
const tuples = ['orig', 'repl'] as const

/**
 * Where a packet has no connection the kernel asks for nothing but the state (conntrack_mt in
 * net/netfilter/xt_conntrack.c).
 */
const ifAbsent = ({ beside }: Asking) => ({ ifAbsent: has({ options: beside }, '--ctstate') })

const addressOption = (field: `ct${(typeof tuples)[number]}${(typeof ends)[number]}`): KnownOption<Address> =>
  one<Address>({
    option: `--${field}`,
    read: (word, { family }) => readHostMask(word, family),
    print: printAddress,
    lower: (asked, asking) => overAddress(field, masked(asked), asking, ifAbsent(asking)),
  })

const portOption = (field: Extract<Field, `${string}port`>): KnownOption<Interval<number>> =>
  one<Interval<number>>({
    option: `--${field}`,
    read: (word, { family }) => {
      checkKind(word, portKinds.ports, family)
      const [first = '', last] = word.text.split(':')
      const numbers = [
        first === '' ? 0 : portKinds.serviceNumber(first),
        last === '' ? 65535 : portKinds.serviceNumber(last ?? first),
      ]
      const [from, to] = numbers
      return from === undefined || to === undefined || (first === '' && last === undefined)
        ? undefined
        : { first: from, last: to }
    },
    print: (ports) => range(ports, ':'),
    lower: (ports, asking) => over(field, asking, [ports], ifAbsent(asking)),
  })

/** In the order in which iptables-save prints them. */
const statuses = ['NONE', ...connectionStatuses] as const

/** The values that have one of these bits; NONE is no bit, which no connection has. */
const withAnyOf = (given: readonly string[]): number[] => {
  const mask = connectionStatuses.reduce((bits, status, index) => bits | (given.includes(status) ? 1 << index : 0), 0)
  return Array.from({ length: 2 ** connectionStatuses.length }, (_, bits) => bits).filter((bits) => (bits & mask) !== 0)
}

/** `-m conntrack`; `--ctexpire` is kept as it is written. */
export const conntrack: MatchExtension = {
  options: [
    statesOption('--ctstate', 7),
    one<number>({
      option: '--ctproto',
      read: (word, { family }) => {
        checkKind(word, portKinds.protocol, family)
        return readProtocol(word)
      },
      print: (protocol) => `${protocol}`,
      lower: (protocol, asking) => over('ctproto', asking, [single(protocol)], ifAbsent(asking)),
    }),
    ...tuples.flatMap((tuple) => ends.map((end) => addressOption(`ct${tuple}${end}`))),
    ...tuples.flatMap((tuple) => ends.map((end) => portOption(`ct${tuple}${end}port`))),
    one<(typeof statuses)[number][]>({
      option: '--ctstatus',
      read: (word) => {
        const given = readBeginnings(word, statuses, 'connection status')
        return statuses.filter((status) => given.includes(status))
      },
      print: (given) => given.filter((status) => status !== 'NONE' || given.length === 1).join(','),
      lower: (given, asking) => over('ctstatus', asking, withAnyOf(given).map(single), ifAbsent(asking)),
    }),
    value('--ctexpire', kinds.numbers(32), not),
    one<'ORIGINAL' | 'REPLY'>({
      option: '--ctdir',
      invertible: false,
      read: (word, { family }) => {
        checkKind(word, kinds.oneOfAnyCase('ORIGINAL', 'REPLY'), family)
        return word.text.toUpperCase() === 'REPLY' ? 'REPLY' : 'ORIGINAL'
      },
      print: (direction) => direction,
      lower: (direction, asking) => over('ctdir', asking, [single(direction === 'REPLY' ? 1 : 0)], ifAbsent(asking)),
    }),
  ],
  check: needsAny('something to look for'),
  tracks: true,
  lower: byOption,
}
