import type { Family } from '../core/address.ts'
import type { Question } from './tree.ts'
import { isName, named, part, readNumber } from './values.ts'
import { type Word, wrongWord } from './words.ts'

type Type = readonly [type: number, code?: number]

/** By the names of iptables-extensions(8), and their numbers (extensions/libxt_icmp.h); without a code it is every code. */
const ipv4: Readonly<Record<string, Type>> = {
  'echo-reply': [0],
  pong: [0],
  'destination-unreachable': [3],
  'network-unreachable': [3, 0],
  'host-unreachable': [3, 1],
  'protocol-unreachable': [3, 2],
  'port-unreachable': [3, 3],
  'fragmentation-needed': [3, 4],
  'source-route-failed': [3, 5],
  'network-unknown': [3, 6],
  'host-unknown': [3, 7],
  'network-prohibited': [3, 9],
  'host-prohibited': [3, 10],
  'TOS-network-unreachable': [3, 11],
  'TOS-host-unreachable': [3, 12],
  'communication-prohibited': [3, 13],
  'host-precedence-violation': [3, 14],
  'precedence-cutoff': [3, 15],
  'source-quench': [4],
  redirect: [5],
  'network-redirect': [5, 0],
  'host-redirect': [5, 1],
  'TOS-network-redirect': [5, 2],
  'TOS-host-redirect': [5, 3],
  'echo-request': [8],
  ping: [8],
  'router-advertisement': [9],
  'router-solicitation': [10],
  'time-exceeded': [11],
  'ttl-exceeded': [11],
  'ttl-zero-during-transit': [11, 0],
  'ttl-zero-during-reassembly': [11, 1],
  'parameter-problem': [12],
  'ip-header-bad': [12, 0],
  'required-option-missing': [12, 1],
  'timestamp-request': [13],
  'timestamp-reply': [14],
  'address-mask-request': [17],
  'address-mask-reply': [18],
}

const ipv6: Readonly<Record<string, Type>> = {
  'destination-unreachable': [1],
  'no-route': [1, 0],
  'communication-prohibited': [1, 1],
  'beyond-scope': [1, 2],
  'address-unreachable': [1, 3],
  'port-unreachable': [1, 4],
  'failed-policy': [1, 5],
  'reject-route': [1, 6],
  'packet-too-big': [2],
  'time-exceeded': [3],
  'ttl-exceeded': [3],
  'ttl-zero-during-transit': [3, 0],
  'ttl-zero-during-reassembly': [3, 1],
  'parameter-problem': [4],
  'bad-header': [4, 0],
  'unknown-header-type': [4, 1],
  'unknown-option': [4, 2],
  'echo-request': [128],
  ping: [128],
  'echo-reply': [129],
  pong: [129],
  'router-solicitation': [133],
  'router-advertisement': [134],
  'neighbour-solicitation': [135],
  'neighbor-solicitation': [135],
  'neighbour-advertisement': [136],
  'neighbor-advertisement': [136],
  redirect: [137],
}

const names = { ipv4, ipv6 }

/** TYPE, TYPE/CODE, or a name; iptables takes any beginning of a name that no other one has. */
export function icmpType(family: Family): (word: Word) => Question {
  return (word) => {
    if (family === 'ipv4' && word.text === 'any') return { kind: 'icmp-type', type: 'any' }
    const [type, second] = typesCalled(word.text, names[family])
    if (type !== undefined && second === undefined) return question(type)
    if (isName(word.text)) return named(word)
    const [first = '', code, ...rest] = word.text.split('/')
    if (rest.length > 0) throw wrongWord(word, `'${word.text}' is no ICMP type; write TYPE or TYPE/CODE`)
    const number = readNumber(part(word, first), 'ICMP type', 255)
    if (family === 'ipv4' && number === 255) return { kind: 'icmp-type', type: 'any' }
    return question(code === undefined ? [number] : [number, readNumber(part(word, code), 'ICMP code', 255)])
  }
}

const question = ([type, code]: Type): Question => ({ kind: 'icmp-type', type, ...(code !== undefined && { code }) })

function typesCalled(text: string, known: Readonly<Record<string, Type>>): Type[] {
  const lower = text.toLowerCase()
  const entries = Object.entries(known).map(([name, type]): [string, Type] => [name.toLowerCase(), type])
  const exact = entries.find(([name]) => name === lower)
  return exact ? [exact[1]] : entries.filter(([name]) => lower !== '' && name.startsWith(lower)).map(([, type]) => type)
}
