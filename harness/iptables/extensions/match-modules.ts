import type { Match } from '../tree.ts'
import { wholeNumber } from '../c-numbers.ts'
import { isBpf, isDate, isDscpClass, isHexString, isMonthDay, isU32, isWeekday, secondOfDay } from './formats.ts'
import { hashlimit } from './hashlimit.ts'
import * as kinds from './kinds.ts'
import { type Around, flag, has, type ModuleSpec, needsAny, not, type OptionSpec, value, givenValue, atLeast } from './option.ts'
import { policy } from './policy.ts'
import { rateest } from './rateest.ts'
import { recent } from './recent.ts'
import { set } from './set.ts'

const must = { required: true } as const
const mustNot = { required: true, invertible: true } as const
const one = (name: string): OptionSpec => flag(name, not)
const numberOf = (match: Match, option: string): bigint | undefined => wholeNumber(givenValue(match, option) ?? '', kinds.largest[64])

const comparisons = (name: string): OptionSpec[] => [
  value(`--${name}-lt`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-eq`] }),
  value(`--${name}-gt`, kinds.number(8), { without: [`--${name}-lt`, `--${name}-eq`] }),
  value(`--${name}-eq`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-lt`], invertible: true }),
  value(`--${name}`, kinds.number(8), { as: `--${name}-eq` }),
]

const bpf = kinds.kind('a BPF program; write LENGTH,CODE JT JF K,…', isBpf)
const dscpClass = kinds.kind('a DSCP class', isDscpClass)
const date = kinds.kind('a date; write YYYY[-MM[-DD[Thh[:mm[:ss]]]]]', isDate)
const time = kinds.kind('a time; write hh:mm[:ss]', (written) => secondOfDay(written) !== undefined)

const rate = (scale: bigint): kinds.Kind =>
  kinds.kind('a rate; write COUNT/second, /minute, /hour or /day', (written) => kinds.isRate(written, scale))
const needsTcp =
  (options: readonly string[]) =>
  (match: Match, { protocol, otherProtocols }: Around): string | undefined =>
    options.some((option) => has(match, option)) && (protocol !== 6 || otherProtocols) ? 'needs -p tcp' : undefined

/** A bit of 128, cut down to 16 bits, or a name of one. */
function isLabel(written: string): boolean {
  const number = wholeNumber(written, kinds.largest[64])
  if (number === undefined) return /^[A-Za-z]/.test(written)
  return BigInt.asIntN(32, number) >= 0n && BigInt.asUintN(16, number) < 128n
}

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
        kinds.kind('a label: a number up to 127, or its name', (written) => isLabel(written)),
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
  hashlimit,
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
  policy,
  quota: { options: [value('--quota', kinds.number(64), mustNot)] },
  rateest,
  recent,
  rpfilter: {
    options: [flag('--loose'), flag('--validmark'), flag('--accept-local'), flag('--invert')],
    tables: ['raw', 'mangle'],
    chains: ['PREROUTING'],
  },
  set,
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
      value('--hex-string', kinds.kind('a text with hexadecimal bytes between bars', isHexString), { ...not, without: ['--string'] }),
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
  u32: { options: [value('--u32', kinds.kind('a test; write LOCATION=VALUES', isU32), mustNot)] },
  realm: { family: 'ipv4', options: [value('--realm', kinds.namedMark, mustNot)], chains: ['FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT'] },
  ttl: { family: 'ipv4', options: comparisons('ttl'), check: needsAny('--ttl-eq, --ttl-lt or --ttl-gt') },
}
