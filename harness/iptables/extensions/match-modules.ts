import type { Match } from '../tree.ts'
import { leadingDecimal, leadingNumber, wholeNumber } from '../c-numbers.ts'
import { isBpf, isDate, isDscpClass, isHexString, isMonthDay, isU32, isWeekday, secondOfDay } from './formats.ts'
import * as kinds from './kinds.ts'
import { type Around, flag, has, type ModuleSpec, needsAny, not, type OptionSpec, value, givenValue } from './option.ts'

const must = { required: true } as const
const mustNot = { required: true, invertible: true } as const
const one = (name: string): OptionSpec => flag(name, not)
const kindOf = (what: string, accepts: kinds.Kind['accepts']): kinds.Kind => ({ what, accepts })
const numberOf = (match: Match, option: string): bigint | undefined => wholeNumber(givenValue(match, option) ?? '', kinds.largest[64])

const comparisons = (name: string): OptionSpec[] => [
  value(`--${name}-lt`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-eq`] }),
  value(`--${name}-gt`, kinds.number(8), { without: [`--${name}-lt`, `--${name}-eq`] }),
  value(`--${name}-eq`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-lt`], invertible: true }),
  value(`--${name}`, kinds.number(8), { as: `--${name}-eq` }),
]

const bpf = kindOf('a BPF program; write LENGTH,CODE JT JF K,…', isBpf)
const dscpClass = kindOf('a DSCP class', isDscpClass)
const date = kindOf('a date; write YYYY[-MM[-DD[Thh[:mm[:ss]]]]]', isDate)
const time = kindOf('a time; write hh:mm[:ss]', (written) => secondOfDay(written) !== undefined)

const rate = (scale: bigint): kinds.Kind =>
  kindOf('a rate; write COUNT/second, /minute, /hour or /day', (written) => kinds.isRate(written, scale))
const isByteRate = (written: string): boolean => /^\s*[1-9].*.b\/s/.test(written)
const hashRate = kindOf('a rate; write COUNT/second or COUNTkb/s', (written) => isByteRate(written) || kinds.isRate(written, 1000000n))
/** Packets or, with a letter behind, bytes; iptables looks at no more than one (parse_burst in extensions/libxt_hashlimit.c). */
function burstOf(written: string): bigint | undefined {
  const found = leadingNumber(written)
  if (found === undefined || found.value < 1n) return undefined
  return found.value * (found.rest.startsWith('m') ? 1048576n : found.rest.startsWith('k') ? 1024n : 1n)
}

const mostPackets = 1_000_000n
const burst = kindOf('a number of packets from 1 to 1000000, or of bytes', (written) => {
  const size = burstOf(written)
  return size !== undefined && size < 2n ** 64n && (leadingNumber(written)?.rest !== '' || size <= mostPackets)
})

/** How long a name of /proc is, and what it may not be (recent_mt_check_v1 in net/netfilter/xt_recent.c). */
const procName = kindOf(
  'a name of at most 199 bytes without /',
  (written) => written !== '' && Buffer.byteLength(written) < 200 && !written.includes('/'),
)

const atLeast =
  (message: string, ...options: readonly string[]) =>
  (match: Match): string | undefined =>
    options.some((option) => has(match, option)) ? undefined : `needs ${message}`

const setDirections = kindOf("'src' or 'dst', or a list of up to six of them", (written) => {
  const entries = written.split(',')
  return entries.length <= 6 && entries.every((entry) => /^(src|dst)/.test(entry))
})
const setName = kinds.text(0, 31)

/** Two words: a set's name and its directions (extensions/libxt_set.h). */
export const setOption = (option: string, more: Partial<OptionSpec> = {}): OptionSpec => ({
  option,
  words: 2,
  invertible: false,
  ...more,
  read: ([name, directions], around) => ({
    kind: 'unknown',
    values: [
      ...asWritten(value(option, setName).read(name === undefined ? [] : [name], around)),
      ...asWritten(value(option, setDirections).read(directions === undefined ? [] : [directions], around)),
    ],
  }),
})

const asWritten = (question: ReturnType<OptionSpec['read']>): string[] => (question.kind === 'unknown' ? question.values : [])

const rateSuffixes = 'bit|kibit|kbit|mibit|mbit|gibit|gbit|tibit|tbit|bps|kibps|kbps|mibps|mbps|gibps|gbps|tibps|tbps'
const byteRate = kindOf('a rate such as 8bit', (written) => new RegExp(`^\\s*[+-]?\\d*\\.?\\d+(${rateSuffixes})?$`, 'i').test(written))
const maybe = (option: string, kind: kinds.Kind, also: readonly string[] = []): OptionSpec => ({
  ...value(option, kind, { also }),
  words: 'maybe',
  read: (words, around) => (words.length === 0 ? { kind: 'unknown', values: [] } : value(option, kind).read(words, around)),
})

const needsTcp =
  (options: readonly string[]) =>
  (match: Match, { protocol, otherProtocols }: Around): string | undefined =>
    options.some((option) => has(match, option)) && (protocol !== 6 || otherProtocols) ? 'needs -p tcp' : undefined

function checkHashlimit(match: Match): string | undefined {
  const rates = ['--hashlimit-upto', '--hashlimit-above'].map((option) => givenValue(match, option))
  const isOfBytes = rates.some((written) => written !== undefined && isByteRate(written))
  if (!isOfBytes && (burstOf(givenValue(match, '--hashlimit-burst') ?? '1') ?? 0n) > mostPackets)
    return `has a --hashlimit-burst above ${mostPackets} packets`
  return atLeast('--hashlimit-upto or --hashlimit-above', '--hashlimit-upto', '--hashlimit-above')(match)
}

/** atoi(3), which cuts a long down to an int. */
const asInt = (written: string): number => {
  const value = leadingDecimal(written)?.value ?? 0n
  return Number(BigInt.asIntN(32, value < 2n ** 63n ? value : 2n ** 63n - 1n))
}

/** A bit of 128, cut down to 16 bits, or a name of one. */
function isLabel(written: string): boolean {
  const number = wholeNumber(written, kinds.largest[64])
  if (number === undefined) return /^[A-Za-z]/.test(written)
  return BigInt.asIntN(32, number) >= 0n && BigInt.asUintN(16, number) < 128n
}

const recentActions = ['--set', '--rcheck', '--update', '--remove']

/** recent_mt_check in net/netfilter/xt_recent.c. */
function checkRecent(match: Match): string | undefined {
  const changes = ['--set', '--remove'].find((option) => has(match, option))
  const asks = ['--seconds', '--hitcount', '--reap'].find((option) => has(match, option) && givenValue(match, option) !== '0')
  if (changes !== undefined && asks !== undefined) return `has no ${asks} beside ${changes}`
  return atLeast('one of --set, --rcheck, --update and --remove', ...recentActions)(match)
}

const policyElement = ['--reqid', '--spi', '--tunnel-src', '--tunnel-dst', '--proto', '--mode']

/** Elements are told apart by --next (policy_parse and policy_check in extensions/libxt_policy.c). */
function checkPolicy({ conditions }: Match): string | undefined {
  const elements: Match['conditions'][] = [[]]
  for (const condition of conditions)
    if (condition.option === '--next') elements.push([])
    else if (policyElement.includes(condition.option)) elements.at(-1)?.push(condition)
  const match: Match = { module: 'policy', conditions }
  if (!has(match, '--dir')) return 'needs --dir'
  const isStrict = has(match, '--strict')
  if (givenValue(match, '--pol') === 'none' && (isStrict || elements.length > 1)) return 'with --pol none has no --strict and no element'
  for (const element of elements) {
    const part: Match = { module: 'policy', conditions: element }
    if (new Set(element.map(({ option }) => option)).size < element.length) return 'has an option twice in one element'
    if (isStrict && element.length === 0 && givenValue(match, '--pol') !== 'none') return 'has an empty element, which --strict forbids'
    const mode = element.find(({ option }) => option === '--mode')
    const isTunnel = mode !== undefined && (givenValue(part, '--mode') === 'tunnel') !== mode.negated
    if (!isTunnel && (has(part, '--tunnel-src') || has(part, '--tunnel-dst')))
      return 'has --tunnel-src and --tunnel-dst in tunnel mode alone'
  }
  return elements.length > 4 ? 'has at most four elements' : undefined
}

const ipsec = kindOf('ah, esp or ipcomp', (written) =>
  [50, 51, 108].includes(kinds.protocolNumber(written) ?? Number(wholeNumber(written, 255) ?? 0n)),
)

/** Matches whose meaning nobody here knows: their options and values are held against what iptables 1.8.9 takes. */
export const matchModules: Readonly<Record<string, ModuleSpec>> = {
  bpf: { options: [value('--bytecode', bpf, must)] },
  cgroup: {
    options: [value('--path', kinds.text(1, 511), not), value('--cgroup', kinds.number(32), not)],
    chains: ['INPUT', 'OUTPUT', 'POSTROUTING'],
    check: ({ conditions }) => (conditions.length === 1 ? undefined : 'needs exactly one of --path and --cgroup'),
  },
  cluster: {
    options: [
      value('--cluster-total-nodes', kinds.number(32, 1, 32), must),
      value('--cluster-local-node', kinds.number(32, 1, 32), { ...not, without: ['--cluster-local-nodemask'] }),
      value('--cluster-local-nodemask', kinds.number(32, 1, 32), { ...not, without: ['--cluster-local-node'] }),
      value('--cluster-hash-seed', kinds.number(32), must),
    ],
    check: (match) => {
      const total = numberOf(match, '--cluster-total-nodes') ?? 0n
      const node = numberOf(match, '--cluster-local-node')
      const mask = node === undefined ? numberOf(match, '--cluster-local-nodemask') : 1n << (node - 1n)
      if (mask === undefined) return 'needs --cluster-local-node or --cluster-local-nodemask'
      return mask < 1n << total ? undefined : 'has a node that is none of its nodes'
    },
  },
  connbytes: {
    options: [
      value('--connbytes', kinds.numbers(64, true), mustNot),
      value('--connbytes-mode', kinds.oneOf('packets', 'bytes', 'avgpkt'), must),
      value('--connbytes-dir', kinds.oneOf('original', 'reply', 'both'), must),
    ],
  },
  connlabel: {
    options: [
      value(
        '--label',
        kindOf('a label: a number up to 127, or its name', (written) => isLabel(written)),
        mustNot,
      ),
      flag('--set'),
    ],
  },
  connlimit: {
    options: [
      value('--connlimit-upto', kinds.number(32), { ...not, without: ['--connlimit-above'] }),
      value('--connlimit-above', kinds.number(32), { ...not, without: ['--connlimit-upto'] }),
      value('--connlimit-mask', kinds.prefix),
      flag('--connlimit-saddr', { without: ['--connlimit-daddr'] }),
      flag('--connlimit-daddr', { without: ['--connlimit-saddr'] }),
    ],
    check: atLeast('--connlimit-above or --connlimit-upto', '--connlimit-above', '--connlimit-upto'),
  },
  cpu: { options: [value('--cpu', kinds.number(32), mustNot)] },
  devgroup: {
    options: [value('--src-group', kinds.namedMark, not), value('--dst-group', kinds.namedMark, not)],
    check: needsAny('--src-group or --dst-group'),
  },
  dscp: {
    options: [
      value('--dscp', kinds.number(8, 0, 63), { ...not, without: ['--dscp-class'] }),
      value('--dscp-class', dscpClass, { ...not, without: ['--dscp'] }),
    ],
    check: needsAny('--dscp or --dscp-class'),
  },
  ecn: {
    options: [one('--ecn-tcp-cwr'), one('--ecn-tcp-ece'), value('--ecn-ip-ect', kinds.number(8, 0, 3), not)],
    check: (match, around) => needsAny('something to look for')(match) ?? needsTcp(['--ecn-tcp-cwr', '--ecn-tcp-ece'])(match, around),
  },
  esp: { options: [value('--espspi', kinds.numbers(32), not)], protocols: [50] },
  hashlimit: {
    options: [
      value('--hashlimit-upto', hashRate, { ...not, also: ['--hashlimit'], without: ['--hashlimit-above'] }),
      value('--hashlimit-above', hashRate, { ...not, without: ['--hashlimit-upto'] }),
      value('--hashlimit-burst', burst),
      value(
        '--hashlimit-mode',
        kinds.listOf(
          'a list of srcip, srcport, dstip and dstport',
          (entry) => ['srcip', 'srcport', 'dstip', 'dstport'].includes(entry),
          ',|',
        ),
      ),
      value(
        '--hashlimit-name',
        kindOf('a name without /', (written) => written !== '' && !written.includes('/')),
        must,
      ),
      ...['size', 'max'].map((name) => value(`--hashlimit-htable-${name}`, kinds.number(32))),
      // The kernel refuses to never look (hashlimit_mt_check_common in net/netfilter/xt_hashlimit.c).
      ...['gcinterval', 'expire'].map((name) => value(`--hashlimit-htable-${name}`, kinds.number(32, 1))),
      value('--hashlimit-srcmask', kinds.prefixLength),
      value('--hashlimit-dstmask', kinds.prefixLength),
      flag('--hashlimit-rate-match'),
      value(
        '--hashlimit-rate-interval',
        kindOf('a number of seconds above 0', (written) => asInt(written) > 0),
      ),
    ],
    check: checkHashlimit,
  },
  helper: { options: [value('--helper', kinds.text(1), mustNot)] },
  ipcomp: { options: [value('--ipcompspi', kinds.numbers(32), not), flag('--compres')], protocols: [108] },
  iprange: {
    options: [value('--src-range', kinds.addressRange, not), value('--dst-range', kinds.addressRange, not)],
    check: needsAny('--src-range or --dst-range'),
  },
  ipvs: {
    options: [
      one('--ipvs'),
      value('--vproto', kinds.protocol, not),
      value('--vaddr', kinds.network, not),
      value('--vport', kinds.port, not),
      value('--vdir', kinds.oneOfAnyCase('ORIGINAL', 'REPLY')),
      value('--vmethod', kinds.oneOfAnyCase('GATE', 'IPIP', 'MASQ'), not),
      value('--vportctl', kinds.port, not),
    ],
    check: (match) =>
      needsAny('something to look for')(match) ??
      (match.conditions.length > 1 && match.conditions.some(({ option, negated }) => option === '--ipvs' && negated)
        ? 'has ! --ipvs and nothing beside it'
        : undefined),
  },
  length: { options: [value('--length', kinds.numbers(16), mustNot)] },
  limit: { options: [value('--limit', rate(10000n)), value('--limit-burst', kinds.number(32, 0, 10000))] },
  mac: { options: [value('--mac-source', kinds.mac, mustNot)], chains: ['PREROUTING', 'INPUT', 'FORWARD'] },
  nfacct: { options: [value('--nfacct-name', kinds.text(1), must)] },
  osf: {
    family: 'ipv4',
    options: [value('--genre', kinds.text(), mustNot), value('--ttl', kinds.number(32, 0, 2)), value('--log', kinds.number(32, 0, 2))],
    protocols: [6],
    chains: ['PREROUTING', 'INPUT', 'FORWARD'],
  },
  physdev: {
    options: [
      value('--physdev-in', kinds.device, not),
      one('--physdev-is-in'),
      value('--physdev-out', kinds.device, not),
      one('--physdev-is-out'),
      one('--physdev-is-bridged'),
    ],
    check: needsAny('something to look for'),
  },
  pkttype: {
    options: [value('--pkt-type', kinds.oneOfAnyCase('unicast', 'broadcast', 'multicast', 'otherhost', 'bcast', 'mcast', 'host'), mustNot)],
  },
  policy: {
    options: [
      value('--dir', kinds.oneOf('in', 'out')),
      value('--pol', kinds.oneOf('none', 'ipsec')),
      flag('--strict'),
      ...(
        [
          ['--reqid', kinds.number(32)],
          ['--spi', kinds.number(32)],
          ['--tunnel-src', kinds.network],
          ['--tunnel-dst', kinds.network],
          ['--proto', ipsec],
          ['--mode', kinds.oneOf('transport', 'tunnel')],
        ] as const
      ).map(([name, kind]) => value(name, kind, { ...not, repeatable: true })),
      flag('--next', { repeatable: true, needs: ['--strict'] }),
    ],
    check: checkPolicy,
  },
  quota: { options: [value('--quota', kinds.number(64), mustNot)] },
  rateest: {
    options: [
      value('--rateest1', kinds.text(), { also: ['--rateest'] }),
      maybe('--rateest-bps1', byteRate),
      maybe('--rateest-pps1', kinds.number(32)),
      one('--rateest-lt'),
      one('--rateest-gt'),
      one('--rateest-eq'),
      value('--rateest2', kinds.text()),
      maybe('--rateest-bps2', byteRate, ['--rateest-bps']),
      maybe('--rateest-pps2', kinds.number(32), ['--rateest-pps']),
      flag('--rateest-delta'),
    ],
  },
  recent: {
    options: [
      ...['--set', '--rcheck', '--update', '--remove'].map((name, _, all) =>
        flag(name, { ...not, without: all.filter((other) => other !== name) }),
      ),
      value('--seconds', kinds.number(32, 1)),
      flag('--reap', { needs: ['--seconds'] }),
      value('--hitcount', kinds.number(32)),
      flag('--rttl', { without: ['--set', '--remove'] }),
      value('--name', procName),
      value('--mask', kinds.host),
      flag('--rsource'),
      flag('--rdest'),
    ],
    check: checkRecent,
  },
  rpfilter: {
    options: [flag('--loose'), flag('--validmark'), flag('--accept-local'), flag('--invert')],
    tables: ['raw', 'mangle'],
    chains: ['PREROUTING'],
  },
  set: {
    options: [
      setOption('--match-set', { ...not, also: ['--set'] }),
      flag('--return-nomatch', not),
      flag('--update-counters', not),
      flag('--update-subcounters', not),
      ...['packets', 'bytes'].flatMap((name) => [
        value(`--${name}-eq`, kinds.number(64), not),
        value(`--${name}-lt`, kinds.number(64)),
        value(`--${name}-gt`, kinds.number(64)),
      ]),
    ],
    check: atLeast('--match-set', '--match-set'),
  },
  statistic: {
    options: [
      value('--mode', kinds.oneOf('random', 'nth'), must),
      value('--probability', kinds.decimalFraction(0, 1), { ...not, without: ['--every', '--packet'] }),
      value('--every', kinds.number(32, 1), { ...not, without: ['--probability'], needs: ['--packet'] }),
      value('--packet', kinds.number(32), { without: ['--probability'], needs: ['--every'] }),
    ],
    check: (match) => {
      if (givenValue(match, '--mode') === 'random') return has(match, '--probability') ? undefined : 'needs --probability'
      if (!has(match, '--every')) return 'needs --every and --packet'
      return (numberOf(match, '--packet') ?? 0n) < (numberOf(match, '--every') ?? 0n)
        ? undefined
        : 'has a --packet that is not below --every'
    },
  },
  string: {
    options: [
      value('--string', kinds.text(1, 128), { ...not, without: ['--hex-string'] }),
      value('--hex-string', kindOf('a text with hexadecimal bytes between bars', isHexString), { ...not, without: ['--string'] }),
      value('--algo', kinds.oneOf('bm', 'kmp'), must),
      value('--from', kinds.number(16)),
      value('--to', kinds.number(16)),
      flag('--icase'),
    ],
    check: (match) =>
      atLeast('--string or --hex-string', '--string', '--hex-string')(match) ??
      ((numberOf(match, '--from') ?? 0n) > (numberOf(match, '--to') ?? 65535n) ? 'has a --from above its --to' : undefined),
  },
  tcpmss: { options: [value('--mss', kinds.numbers(16, true), mustNot)], protocols: [6] },
  time: {
    options: [
      value('--timestart', time),
      value('--timestop', time),
      value('--monthdays', kinds.listOf('a list of days of the month', isMonthDay), not),
      value('--weekdays', kinds.listOf('a list of weekdays', isWeekday), not),
      value('--datestart', date),
      value('--datestop', date),
      flag('--kerneltz', { without: ['--utc'] }),
      flag('--localtz', { without: ['--utc'] }),
      flag('--utc', { without: ['--kerneltz', '--localtz'] }),
      flag('--contiguous'),
    ],
    check: (match) => {
      const [start = 0, stop = 86399] = ['--timestart', '--timestop'].map((option) => secondOfDay(givenValue(match, option) ?? ''))
      return has(match, '--contiguous') && start < stop ? 'has --contiguous where the time stops before it starts' : undefined
    },
  },
  tos: { options: [value('--tos', kinds.tos, mustNot)] },
  u32: { options: [value('--u32', kindOf('a test; write LOCATION=VALUES', isU32), mustNot)] },
  realm: { family: 'ipv4', options: [value('--realm', kinds.namedMark, mustNot)], chains: ['FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT'] },
  ttl: { family: 'ipv4', options: comparisons('ttl'), check: needsAny('--ttl-eq, --ttl-lt or --ttl-gt') },
}
