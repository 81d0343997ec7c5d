import { wholeNumber } from '../c-numbers.ts'
import { familyOf } from '../../core/address.ts'
import * as kinds from './kinds.ts'
import { checked, flag, has, type ModuleSpec, needsAny, not, type OptionSpec, value, givenValue } from './option.ts'

const chunkNames =
  'DATA INIT INIT_ACK SACK HEARTBEAT HEARTBEAT_ACK ABORT SHUTDOWN SHUTDOWN_ACK ERROR COOKIE_ECHO COOKIE_ACK ECN_ECNE ECN_CWR ' +
  'SHUTDOWN_COMPLETE I_DATA RE_CONFIG PAD ASCONF ASCONF_ACK FORWARD_TSN I_FORWARD_TSN'
const chunkFlags: Readonly<Record<string, string>> = { DATA: 'IUBE-', I_DATA: 'IUBE-', ABORT: 'T-', SHUTDOWN_COMPLETE: 'T-' }

function isChunk(entry: string): boolean {
  const [name = '', flags = ''] = entry.split(/:(.*)/s)
  const known = chunkNames.split(' ').find((chunk) => chunk === name.toUpperCase())
  return known !== undefined && [...flags].every((letter) => (chunkFlags[known] ?? '-').includes(letter.toUpperCase()))
}

const matchType = kinds.oneOfAnyCase('ALL', 'ANY', 'ONLY')
const chunks = kinds.kind(
  'ALL, NONE or a list of chunks',
  (written, family) => ['ALL', 'NONE'].includes(written.toUpperCase()) || kinds.listOf('', isChunk).accepts(written, family),
)

/** How, and which chunks (extensions/libxt_sctp.c). */
const chunkTypes: OptionSpec = {
  option: '--chunk-types',
  words: 2,
  invertible: true,
  read: ([how, which], { family }) => ({
    kind: 'unknown',
    values: [checked(how, matchType, family).text, checked(which, chunks, family).text],
  }),
}

const dccpTypes = kinds.listOf('a list of DCCP types', (entry) =>
  ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 'INVALID'].includes(
    entry.toUpperCase(),
  ),
)

const mhNames =
  'binding-refresh-request brr home-test-init hoti careof-test-init coti home-test hot careof-test cot binding-update bu binding-acknowledgement ba binding-error be'.split(
    ' ',
  )

const mhType = (written: string): boolean =>
  mhNames.some((name) => name.startsWith(written.toLowerCase())) || wholeNumber(written, 255) !== undefined

const mhTypes = kinds.kind('a type of mobility header, or two with a colon between', (written) => {
  const parts = written.split(':')
  const [first, last] = parts.map((part) => wholeNumber(part, 255))
  return (
    parts.length <= 2 && parts.every((part) => part === '' || mhType(part)) && !(first !== undefined && last !== undefined && last < first)
  )
})

const headerNames = [
  'hop-by-hop',
  'hop',
  'hbh',
  'ipv6-opts',
  'dst',
  'ipv6-route',
  'route',
  'ipv6-frag',
  'frag',
  'ah',
  'auth',
  'esp',
  'ipv6-nonxt',
  'none',
  'prot',
  'proto',
  'hopopt',
]

/** The protocols that are headers of IPv6, or none at all (chain_flags in extensions/libip6t_ipv6header.c). */
const headers = [0, 43, 44, 50, 51, 59, 60, 255]
const isHeader = (entry: string): boolean =>
  headerNames.includes(entry) || headers.includes(kinds.protocolNumber(entry) ?? Number(wholeNumber(entry, 255) ?? -1n))

/** As strtoul(3) reads them, of which eight bits count (parse_opts_num in extensions/libip6t_hbh.c). */
const optionNumber = (written: string): boolean => wholeNumber(written.replace(/^-/, ''), kinds.largest[64]) !== undefined

const optionNumbers = kinds.kind('a list of options, each TYPE or TYPE:LENGTH', (written) => {
  const entries = written.split(',')
  return (
    entries.length <= 16 &&
    entries.every((entry) => {
      const [type = '', length, ...rest] = entry.split(':')
      const isRight = optionNumber(type) && (length === undefined || optionNumber(length)) && rest.length === 0
      return isRight && !(length !== undefined && ((wholeNumber(type, kinds.largest[64]) ?? 1n) & 0xffn) === 0n)
    })
  )
})

const routeAddresses = kinds.kind('a list of up to 16 IPv6 addresses', (written) => {
  const entries = written.split(',')
  return entries.length <= 16 && entries.every((entry) => familyOf(entry) === 'ipv6')
})

const options = (name: string): ModuleSpec => ({
  family: 'ipv6',
  options: [value(`--${name}-len`, kinds.number(32), not), value(`--${name}-opts`, optionNumbers)],
})

const compared = (name: string): OptionSpec[] => ['eq', 'gt', 'lt'].map((how) => value(`--srh-${name}-${how}`, kinds.number(8), not))

/** Matches of a protocol or header whose meaning nobody here knows. */
export const protocolModules: Readonly<Record<string, ModuleSpec>> = {
  sctp: {
    options: [
      value('--sport', kinds.orderedPorts, { ...not, also: ['--source-port'] }),
      value('--dport', kinds.orderedPorts, { ...not, also: ['--destination-port'] }),
      chunkTypes,
    ],
    protocols: [132],
  },
  dccp: {
    options: [
      value('--sport', kinds.ports, { ...not, also: ['--source-port'] }),
      value('--dport', kinds.ports, { ...not, also: ['--destination-port'] }),
      value('--dccp-types', dccpTypes, not),
      value('--dccp-option', kinds.number(8, 1), not),
    ],
    protocols: [33],
  },
  frag: {
    family: 'ipv6',
    options: [
      value('--fragid', kinds.numbers(32), not),
      value('--fraglen', kinds.number(32), not),
      flag('--fragres'),
      flag('--fragfirst'),
      flag('--fragmore', { without: ['--fraglast'] }),
      flag('--fraglast', { without: ['--fragmore'] }),
    ],
  },
  hbh: options('hbh'),
  dst: options('dst'),
  eui64: { family: 'ipv6', options: [], chains: ['PREROUTING', 'INPUT', 'FORWARD'] },
  hl: {
    family: 'ipv6',
    options: [
      value('--hl-lt', kinds.number(8), { without: ['--hl-gt', '--hl-eq'] }),
      value('--hl-gt', kinds.number(8), { without: ['--hl-lt', '--hl-eq'] }),
      value('--hl-eq', kinds.number(8), { ...not, without: ['--hl-gt', '--hl-lt'] }),
      value('--hl', kinds.number(8), { as: '--hl-eq' }),
    ],
    check: needsAny('--hl-eq, --hl-lt or --hl-gt'),
  },
  ipv6header: {
    family: 'ipv6',
    options: [value('--header', kinds.listOf('a list of IPv6 headers', isHeader), { ...not, required: true }), flag('--soft')],
  },
  mh: { family: 'ipv6', options: [value('--mh-type', mhTypes, not)], protocols: [135] },
  rt: {
    family: 'ipv6',
    options: [
      value('--rt-type', kinds.number(32), not),
      value('--rt-segsleft', kinds.numbers(32), not),
      value('--rt-len', kinds.number(32), not),
      flag('--rt-0-res', { follows: '--rt-type' }),
      value('--rt-0-addrs', routeAddresses, { follows: '--rt-type' }),
      flag('--rt-0-not-strict', { follows: '--rt-0-addrs' }),
    ],
    check: (match) => {
      const type = match.conditions.find(({ option }) => option === '--rt-type')
      const isZero = type !== undefined && !type.negated && wholeNumber(givenValue(match, '--rt-type') ?? '', 0xffffffff) === 0n
      return (has(match, '--rt-0-res') || has(match, '--rt-0-addrs')) && !isZero ? 'needs --rt-type 0 first' : undefined
    },
  },
  srh: {
    family: 'ipv6',
    options: [
      value('--srh-next-hdr', kinds.number(8), not),
      ...compared('hdr-len'),
      ...compared('segs-left'),
      ...compared('last-entry'),
      value('--srh-tag', kinds.number(16), not),
      ...['psid', 'nsid', 'lsid'].map((name) => value(`--srh-${name}`, kinds.network, not)),
    ],
  },
}

/** `-m ah` asks the protocol of IPv4, and a header of IPv6. */
export const ah: Readonly<Record<'ipv4' | 'ipv6', ModuleSpec>> = {
  ipv4: { options: [value('--ahspi', kinds.numbers(32), not)], protocols: [51] },
  ipv6: { options: [value('--ahspi', kinds.numbers(32), not), value('--ahlen', kinds.number(32), not), flag('--ahres')] },
}
