import type { Family } from '../core/address.ts'
import type { Match, Question } from './tree.ts'
import { icmpType } from './icmp-types.ts'
import { addressType, owner, ports, readFlags, readMark, states } from './values.ts'
import type { Word, WordReader } from './words.ts'

/** One option of a module: how else it may be written, and how its values are read. */
export interface OptionSpec {
  option: string
  also?: readonly string[]
  /** Whether `!` may stand before it. */
  invertible: boolean
  read(values: WordReader, family: Family, at: Word): Question
}

export interface ModuleSpec {
  /** In the order in which iptables-save prints them. */
  options: readonly OptionSpec[]
  /** Options that are not listed here are kept as they are written; without it they are refused. */
  open?: true
  /** @returns what is wrong with a module's conditions taken together. */
  check?(match: Match, protocol: number | undefined): string | undefined
}

type ReadValue = (word: Word) => Question

const one =
  (what: string, read: ReadValue): OptionSpec['read'] =>
  (values) =>
    read(values.take(what))

const option = (option: string, also: readonly string[], read: OptionSpec['read'], invertible = true): OptionSpec => ({
  option,
  also,
  read,
  invertible,
})

const portOptions = [
  option('--sport', ['--source-port'], one('a port', ports('source', false))),
  option('--dport', ['--destination-port'], one('a port', ports('destination', false))),
]

const tcpFlags: OptionSpec['read'] = (values) => {
  const mask = values.take('the flags to look at')
  return { kind: 'tcp-flags', mask: readFlags(mask), set: readFlags(values.take('the flags that are set')) }
}

const markOption = (of: 'packet' | 'connection') =>
  option(
    '--mark',
    [],
    one('a mark', (word) => ({ kind: 'mark', of, ...readMark(word) })),
  )

const icmpOption = (name: string) => option(name, [], (values, family) => icmpType(family)(values.take('an ICMP type')))

const needsOne =
  (what: string) =>
  ({ conditions }: Match): string | undefined =>
    conditions.length === 0 ? `needs ${what}` : undefined

const belongsTo =
  (number: number, name: string, required = false) =>
  (match: Match, protocol: number | undefined): string | undefined =>
    protocol !== number ? `needs -p ${name}` : required ? needsOne('a type')(match) : undefined

const withPorts = [6, 17, 33, 132, 136]

/** The modules that rule builders use (iptables-extensions(8)); the others are kept as they are written. */
export const modules: Readonly<Record<string, ModuleSpec>> = {
  tcp: {
    options: [
      ...portOptions,
      option('--tcp-option', [], (values) => ({ kind: 'unknown', values: [values.take('a TCP option').text] })),
      option('--tcp-flags', [], tcpFlags),
      option('--syn', [], () => ({ kind: 'tcp-flags', mask: 0x17, set: 0x02 })),
    ],
    check: belongsTo(6, 'tcp'),
  },
  udp: { options: portOptions, check: belongsTo(17, 'udp') },
  icmp: { options: [icmpOption('--icmp-type')], check: belongsTo(1, 'icmp', true) },
  icmp6: { options: [icmpOption('--icmpv6-type')], check: belongsTo(58, 'ipv6-icmp', true) },
  multiport: {
    options: [
      option('--sports', ['--source-ports'], one('a list of ports', ports('source', true))),
      option('--dports', ['--destination-ports'], one('a list of ports', ports('destination', true))),
      option('--ports', [], one('a list of ports', ports('either', true))),
    ],
    check: (match, protocol) => {
      if (protocol === undefined || !withPorts.includes(protocol)) return 'needs -p tcp, udp, udplite, sctp or dccp'
      return match.conditions.length === 1 ? undefined : 'needs exactly one of --sports, --dports and --ports'
    },
  },
  owner: {
    options: [
      option('--socket-exists', [], () => ({ kind: 'socket-exists' })),
      option('--uid-owner', [], one('a UID', owner('uid'))),
      option('--gid-owner', [], one('a GID', owner('gid'))),
      option('--suppl-groups', [], () => ({ kind: 'unknown', values: [] }), false),
    ],
    check: needsOne('--uid-owner, --gid-owner or --socket-exists'),
  },
  conntrack: { options: [option('--ctstate', [], one('connection states', states))], open: true, check: needsOne('something to look for') },
  state: { options: [option('--state', [], one('connection states', states))], check: needsOne('--state') },
  mark: { options: [markOption('packet')], check: needsOne('--mark') },
  connmark: { options: [markOption('connection')], check: needsOne('--mark') },
  addrtype: {
    options: [
      option('--src-type', [], one('address types', addressType('source'))),
      option('--dst-type', [], one('address types', addressType('destination'))),
      option('--limit-iface-in', [], () => ({ kind: 'limit-interface', side: 'in' }), false),
      option('--limit-iface-out', [], () => ({ kind: 'limit-interface', side: 'out' }), false),
    ],
    check: ({ conditions }) => (conditions.some(({ kind }) => kind === 'address-type') ? undefined : 'needs --src-type or --dst-type'),
  },
  socket: {
    options: ['--transparent', '--nowildcard', '--restore-skmark'].map((name) =>
      option(name, [], () => ({ kind: 'socket-option' }), false),
    ),
  },
  comment: {
    options: [
      option(
        '--comment',
        [],
        // iptables cuts off what is longer.
        one('a comment', ({ text }) => ({ kind: 'comment', text: Buffer.from(text).subarray(0, 255).toString() })),
        false,
      ),
    ],
    check: needsOne('--comment'),
  },
}

/** The module that a protocol's own options belong to, so that they need no `-m`. */
export function moduleOfProtocol(protocol: number | undefined, family: Family): string | undefined {
  if (protocol === 6) return 'tcp'
  if (protocol === 17) return 'udp'
  return family === 'ipv4' ? (protocol === 1 ? 'icmp' : undefined) : protocol === 58 ? 'icmp6' : undefined
}
