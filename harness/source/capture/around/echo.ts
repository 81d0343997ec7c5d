import type { Family } from '../../../core/address.ts'
import { isWrapper } from '../shell/programs.ts'
import { ipOptions } from '../shell/routing.ts'
import { type SocketTable, socketTables } from './shown.ts'
import { mainTable, type TableName, tableOf } from './table-names.ts'

/** A command whose output stands below it in a text. */
export interface Echo {
  shows: 'rules' | 'routes' | 'addresses' | 'listeners' | 'sysctls' | 'accounts' | 'something'
  /** What it says of the family; ip(8) takes IPv4 for rules and routes. */
  family?: Family
  /** Which table's routes: one, or all. */
  table?: TableName | 'all'
  /** Whose sockets. */
  tables?: readonly SocketTable[]
}

const programs = /^(?:[\w./-]*\/)?(ip|ss|netstat|ifconfig|sysctl|route|cat)$/

/** @returns undefined if the command is none of those that show what is around rules, or changes something. */
export function echoOf(command: string): Echo | undefined {
  if (
    command.length > 500 ||
    /[;|<>`$]|&&/.test(command.replace(/(?:2>\s*(?:&1|\/dev\/null))|\|\s*(?:grep|head|tail|less|cat|sort)\b.*$/g, ''))
  )
    return undefined
  const words = command
    .replace(/\s*(?:2>|\|).*$/, '')
    .trim()
    .split(/\s+/)
  const isDirect = programs.test(words[0] ?? '') && !words.includes('exec')
  const at = isDirect
    ? 0
    : isWrapper(words[0] ?? '')
      ? words.findIndex((word, index) => index > 0 && programs.test(word))
      : -1
  const [, name] = programs.exec(words[at] ?? '') ?? []
  if (name === undefined) return undefined
  const own = words.slice(at + 1)
  if (name === 'ip') return ipEcho(own)
  if (name === 'cat') return procEcho(own)
  if (name === 'sysctl')
    return own.every((word) => /^(?:-[anNeqA]+|[a-z]\w*(?:[./][\w.*-]+)+)$/.test(word))
      ? { shows: 'sysctls' }
      : undefined
  if (name === 'ifconfig')
    return own.every((word) => /^(?:-a|lo|[a-z]+\d\S*)$/.test(word)) ? { shows: 'addresses' } : undefined
  if (!own.every((word) => /^(?:-|\(|\)|state$|listening$|[sd]port$|=$|:\d+$)/.test(word))) return undefined
  return name === 'route' || own.some((word) => /^-[a-z]*r/.test(word) || word === '--route')
    ? { shows: 'something' }
    : { shows: 'listeners', tables: askedOf(own) }
}

/** `ss -lnt4`, `netstat --tcp`: without a letter of a protocol's or family's, those of all. */
function askedOf(words: readonly string[]): SocketTable[] {
  const letters = words
    .map((word) => (word.startsWith('--') ? { tcp: 't', udp: 'u', ipv4: '4', ipv6: '6' }[word.slice(2)] : word))
    .join('')
  const isAsked = (letter: string, other: string): boolean => letters.includes(letter) || !letters.includes(other)
  const protocols = [...(isAsked('t', 'u') ? ['tcp'] : []), ...(isAsked('u', 't') ? ['udp'] : [])]
  const ends = [...(isAsked('4', '6') ? [''] : []), ...(isAsked('6', '4') ? ['6'] : [])]
  return socketTables.filter((table) => protocols.some((protocol) => ends.some((end) => table === protocol + end)))
}

/** `cat /proc/net/tcp /proc/net/tcp6`. */
function procEcho(words: readonly string[]): Echo | undefined {
  const files = words.map((word) => /^\/proc\/(?:\w+\/)?net\/(\w+)$/.exec(word)?.[1])
  if (files.length === 0 || files.includes(undefined)) return undefined
  const tables = socketTables.filter((table) => files.includes(table))
  return tables.length === files.length ? { shows: 'listeners', tables } : { shows: 'something' }
}

/** @param about what a section of `sidetrack collect` has: a command's output, or what the script itself has read. */
export function sectionEcho(about: string): Echo | undefined {
  if (about === 'accounts') return { shows: 'accounts' }
  return about === 'sockets' ? { shows: 'listeners', tables: socketTables } : echoOf(about)
}

function ipEcho(words: readonly string[]): Echo | undefined {
  const { family, count } = ipOptions(words)
  if (words.slice(0, count).some((word) => /^-j(?:son)?$/.test(word))) return { shows: 'something' }
  const [object = '', action = 'show', ...more] = words.slice(count)
  const isShown = /^(?:s|sh|show|l|ls|lst|list)$/.test(action)
  const said = family && { family }
  if (/^a(?:d(?:d(?:r(?:e(?:s(?:s)?)?)?)?)?)?$|^l(?:i(?:n(?:k)?)?)?$/.test(object))
    return isShown || action === 'dev' ? { shows: 'addresses', ...said } : undefined
  if (/^ru(?:l(?:e)?)?$/.test(object)) return isShown ? { shows: 'rules', family: family ?? 'ipv4' } : undefined
  if (/^r(?:o(?:u(?:t(?:e)?)?)?)?$/.test(object)) return routesEcho(action, more, isShown, family)
  return isShown || action === 'get' ? { shows: 'something' } : undefined
}

function routesEcho(
  action: string,
  more: readonly string[],
  isShown: boolean,
  family: Family | undefined,
): Echo | undefined {
  if (action === 'get') return { shows: 'something' }
  const words = isShown ? more : [action, ...more]
  const at = words.findIndex((word) => /^t(?:a(?:b(?:l(?:e)?)?)?)?$/.test(word))
  if (!isShown && at !== 0) return undefined
  const written = at < 0 ? undefined : words[at + 1]
  const table = written === undefined ? mainTable : written === 'all' || written === '0' ? 'all' : tableOf(written)
  return { shows: 'routes', family: family ?? 'ipv4', table }
}
