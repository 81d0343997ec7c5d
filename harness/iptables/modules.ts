import type { Family } from '../core/address.ts'
import { matchModules } from './extensions/match-modules.ts'
import { ah, protocolModules } from './extensions/protocol-modules.ts'
import * as kinds from './extensions/kinds.ts'
import { type Around, flag, type ModuleSpec, needsAny, not, type OptionSpec, value } from './extensions/option.ts'
import { icmpType } from './icmp-types.ts'
import { protocolCalled, protocolName } from './protocols.ts'
import type { Question } from './tree.ts'
import { addressType, multiports, owner, readFlags, readMark, readNumber, states, tcpPorts, udpPorts } from './values.ts'
import { type Word, wrongWord } from './words.ts'

type More = Partial<Omit<OptionSpec, 'option' | 'words' | 'read'>>

const bare = (option: string, question: Question, more: More = {}): OptionSpec => ({
  option,
  words: 0,
  invertible: true,
  ...more,
  read: () => question,
})

const one = (option: string, read: (word: Word, around: Around) => Question, more: More = {}): OptionSpec => ({
  option,
  words: 1,
  invertible: true,
  ...more,
  read: (words, around) => read(words[0] as Word, around),
})

type ReadPorts = (side: 'source' | 'destination') => (word: Word) => Question
const portOptions = (read: ReadPorts): OptionSpec[] => [
  one('--sport', read('source'), { also: ['--source-port'] }),
  one('--dport', read('destination'), { also: ['--destination-port'] }),
]

const tcpFlags: OptionSpec = {
  option: '--tcp-flags',
  words: 2,
  invertible: true,
  read: (words) => {
    const [mask, set] = words.map(readFlags) as [number, number]
    return { kind: 'tcp-flags', mask, set }
  },
}

const markOption = (of: 'packet' | 'connection') => one('--mark', (word) => ({ kind: 'mark', of, ...readMark(word) }), { required: true })
const listOfPorts = (
  option: string,
  also: readonly string[],
  side: Parameters<typeof multiports>[0],
  ...without: readonly string[]
): OptionSpec =>
  one(
    option,
    (word, { protocol, otherProtocols }) => {
      if (otherProtocols || !withPorts.includes(protocol))
        throw wrongWord(word, '-m multiport needs -p tcp, udp, udplite, sctp or dccp before its ports')
      return multiports(side)(word)
    },
    { also, without },
  )

const withPorts = [6, 17, 33, 132, 136]
const icmp = (option: string) => one(option, (word, { family }) => icmpType(word, family), { required: true })

/** What is asked of a connection beside its state is kept as it is written. */
const connectionOptions = (name: string): OptionSpec[] => ['src', 'dst'].map((end) => value(`--ct${name}${end}`, kinds.network, not))

/** The modules whose meaning is known here (iptables-extensions(8)); of the others only the form is. */
export const modules: Readonly<Record<string, ModuleSpec>> = {
  tcp: {
    options: [
      ...portOptions(tcpPorts),
      one('--tcp-option', (word) => ({ kind: 'unknown', values: [`${readNumber(word, 'TCP option', 255, 1)}`] })),
      tcpFlags,
      bare('--syn', { kind: 'tcp-flags', mask: 0x17, set: 0x02 }, { as: '--tcp-flags' }),
    ],
    protocols: [6],
  },
  udp: { options: portOptions(udpPorts), protocols: [17] },
  icmp: { family: 'ipv4', options: [icmp('--icmp-type')], protocols: [1] },
  icmp6: { family: 'ipv6', options: [icmp('--icmpv6-type')], protocols: [58] },
  multiport: {
    options: [
      listOfPorts('--sports', ['--source-ports'], 'source', '--dports', '--ports'),
      listOfPorts('--dports', ['--destination-ports'], 'destination', '--sports', '--ports'),
      listOfPorts('--ports', [], 'either', '--sports', '--dports'),
    ],
    protocols: withPorts,
    check: needsAny('--sports, --dports or --ports'),
  },
  owner: {
    options: [
      bare('--socket-exists', { kind: 'socket-exists' }),
      one('--uid-owner', owner('uid')),
      one('--gid-owner', owner('gid')),
      flag('--suppl-groups', { follows: '--gid-owner' }),
    ],
    chains: ['OUTPUT', 'POSTROUTING'],
    check: needsAny('--uid-owner, --gid-owner or --socket-exists'),
  },
  conntrack: {
    options: [
      one('--ctstate', states(7)),
      value('--ctproto', kinds.protocol, not),
      ...connectionOptions('orig'),
      ...connectionOptions('repl'),
      ...['orig', 'repl'].flatMap((name) => ['src', 'dst'].map((end) => value(`--ct${name}${end}port`, kinds.ports, not))),
      value('--ctstatus', kinds.beginnings('NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'), not),
      value('--ctexpire', kinds.numbers(32), not),
      value('--ctdir', kinds.oneOfAnyCase('ORIGINAL', 'REPLY')),
    ],
    check: needsAny('something to look for'),
  },
  state: { options: [one('--state', states(5), { required: true })] },
  mark: { options: [markOption('packet')] },
  connmark: { options: [markOption('connection')] },
  addrtype: {
    options: [
      one('--src-type', addressType('source')),
      one('--dst-type', addressType('destination')),
      bare('--limit-iface-in', { kind: 'limit-interface', side: 'in' }, { invertible: false, without: ['--limit-iface-out'] }),
      bare('--limit-iface-out', { kind: 'limit-interface', side: 'out' }, { invertible: false, without: ['--limit-iface-in'] }),
    ],
    check: ({ conditions }) => (conditions.some(({ kind }) => kind === 'address-type') ? undefined : 'needs --src-type or --dst-type'),
  },
  socket: {
    options: ['--transparent', '--nowildcard', '--restore-skmark'].map((name) =>
      bare(name, { kind: 'socket-option' }, { invertible: false }),
    ),
    chains: ['PREROUTING', 'INPUT'],
  },
  comment: {
    options: [
      // iptables cuts off what is longer.
      one('--comment', ({ text }) => ({ kind: 'comment', text: Buffer.from(text).subarray(0, 255).toString() }), {
        invertible: false,
        required: true,
      }),
    ],
  },
}

const everyModule: Readonly<Record<string, ModuleSpec>> = { ...matchModules, ...protocolModules, ...modules }
const icmp6Names = ['icmpv6', 'ipv6-icmp', 'icmp6']

/** @returns what is known of `-m NAME` in a family, and what it is called there; undefined if iptables 1.8.9 has no such module. */
export function findModule(name: string, family: Family): { name: string; spec: ModuleSpec } | undefined {
  const own = icmp6Names.includes(name) ? 'icmp6' : name
  const spec = own === 'ah' ? ah[family] : Object.hasOwn(everyModule, own) ? everyModule[own] : undefined
  return spec === undefined || (spec.family !== undefined && spec.family !== family) ? undefined : { name: own, spec }
}

/** The module that a protocol's own options belong to, so that they need no `-m` (find_proto in iptables/xshared.c). @param text in lower case. */
export function moduleOfProtocol(text: string, number: number, family: Family): { name: string; spec: ModuleSpec } | undefined {
  return findModule(protocolCalled(text) === undefined ? protocolName(number) : text, family)
}

/** All that any module is called, for a test that walks them. */
export const moduleNames: readonly string[] = [...Object.keys(everyModule), 'ah']
