import { addressBytes, familyOf } from '../../core/address.ts'
import { leadingDouble, wholeNumber } from '../c-numbers.ts'
import { inetAton } from '../ipv4-text.ts'
import { isDscpClass } from './formats.ts'
import * as kinds from './kinds.ts'
import { setOption } from './set.ts'
import { type Around, type ExtensionSpec, flag, type OptionSpec, value } from './option.ts'

/** Names of the options that a target has been given. */
type Names = ReadonlySet<string>

/** A target whose meaning nobody here knows. */
export interface OtherTarget extends ExtensionSpec {
  /** @returns what is wrong with all of its options together. */
  check?(names: Names, around: Around, values: ReadonlyMap<string, string>): string | undefined
}

const must = { required: true } as const
const needsAny = (names: Names): string | undefined => (names.size === 0 ? 'needs one of its options' : undefined)
const either = (first: OptionSpec, second: OptionSpec): OptionSpec[] => [
  { ...first, without: [second.option] },
  { ...second, without: [first.option] },
]

const hopLimit = (name: string): OptionSpec[] =>
  ['set', 'inc', 'dec'].map((how, _, all) =>
    value(`--${name}-${how}`, kinds.number(8, how === 'set' ? 0 : 1), {
      without: all.filter((other) => other !== how).map((other) => `--${name}-${other}`),
    }),
  )

const stripped = ['wscale', 'mss', 'sack-permitted', 'sack', 'timestamp', 'md5']
const tcpOptions = kinds.kind('a list of TCP options, none of them twice', (written) => {
  const entries = written
    .split(',')
    .map((entry) =>
      stripped.includes(entry)
        ? { wscale: 3n, mss: 2n, 'sack-permitted': 4n, sack: 5n, timestamp: 8n, md5: 19n }[entry]
        : wholeNumber(entry, 255, 2),
    )
  return !entries.includes(undefined) && new Set(entries).size === entries.length
})

const hmarkTuple = kinds.kind('a list of src, dst, sport, dport, spi, proto and ct', (written) =>
  written
    .split(',')
    .every(
      (entry) =>
        entry !== '' && ['src', 'dst', 'sport', 'dport', 'spi', 'proto', 'ct'].some((name) => name.startsWith(entry.toLowerCase())),
    ),
)

/** A tuple is as good as the masks that it stands for, so that none of them follows (hmark_parse in extensions/libxt_HMARK.c). */
function repeatedByTuple(names: Names, tuple: string): string | undefined {
  const all = [...names]
  const behind = all.slice(all.indexOf('--hmark-tuple') + 1)
  if (!names.has('--hmark-tuple')) return undefined
  const masks = { src: 'src-prefix', dst: 'dst-prefix', sport: 'sport-mask', dport: 'dport-mask', spi: 'spi-mask', proto: 'proto-mask' }
  const named = tuple.split(',').flatMap((entry) => Object.entries(masks).find(([name]) => name.startsWith(entry.toLowerCase()))?.[1] ?? [])
  return behind.find((option) => named.includes(option.replace('--hmark-', '')))
}

/** Microseconds of `250ms` and the like (RATEEST_get_time in extensions/libxt_RATEEST.c). */
function microseconds(written: string): number | undefined {
  const found = leadingDouble(written)
  const scale = [
    [/^$/, 1],
    [/^(s|secs?)$/i, 1e6],
    [/^(ms|msecs?)$/i, 1e3],
    [/^(us|usecs?)$/i, 1],
  ] as const
  const factor = scale.find(([unit]) => unit.test(found?.rest ?? '-'))?.[1]
  return found === undefined || factor === undefined ? undefined : Math.trunc(found.value * factor)
}
const timeSpan = kinds.kind('a time such as 250ms', (written) => microseconds(written) !== undefined)

function checkRates(_: Names, __: Around, values: ReadonlyMap<string, string>): string | undefined {
  const [interval = 0, ewma = 0] = ['--rateest-interval', '--rateest-ewmalog'].map((name) => microseconds(values.get(name) ?? ''))
  if (interval > 2 ** 5 * 250_000) return 'has an interval that is too large'
  let log = 1
  while (log < 32 && !(interval / -Math.log(1 - 1 / 2 ** log) > ewma)) log += 1
  return log - 1 === 0 || log - 1 >= 31 ? 'has an ewmalog that is out of range' : undefined
}

const queueBalance = kinds.kind('two queues with a colon between, in order', (written) => {
  const [first, last] = kinds.pair(written, 16) ?? []
  return first !== undefined && last !== undefined && first < last && last - first < 65535n
})

const clusterMac = kinds.kind(
  'the MAC address of a group',
  (written) => kinds.mac.accepts(written, 'ipv4') && (Number.parseInt(written, 16) & 1) === 1,
)

function checkSet(names: Names): string | undefined {
  if (!['--add-set', '--del-set', '--map-set'].some((name) => names.has(name))) return 'needs --add-set, --del-set or --map-set'
  if (!names.has('--add-set') && (names.has('--exist') || names.has('--timeout'))) return 'has --exist and --timeout for --add-set alone'
  const isMapped = ['--map-mark', '--map-prio', '--map-queue'].some((name) => names.has(name))
  return isMapped === names.has('--map-set') ? undefined : 'has --map-set together with --map-mark, --map-prio or --map-queue'
}

/** The kernel refuses that of nobody (tee_tg_check in net/netfilter/xt_TEE.c). */
const gateway = kinds.kind(
  'the address of a gateway',
  (written, family) => kinds.host.accepts(written, family) && inetAton(written) !== 0 && !/^[0:]+$/.test(written),
)

/** A file of this name is made below /sys. */
const label = kinds.kind('a label of 1 to 27 bytes without /', (written) => !/^\.{1,2}$|\//.test(written) && written !== '')

const npt: OtherTarget = {
  family: 'ipv6',
  options: [value('--src-pfx', kinds.network, must), value('--dst-pfx', kinds.network, must)],
  tables: ['mangle'],
  check: (_, __, values) => {
    const networks = ['--src-pfx', '--dst-pfx'].map((name) => (values.get(name) ?? '').split('/'))
    if (networks.some(([, length]) => Number(length ?? 128) > 64)) return 'has prefixes of at most 64 bits'
    return networks.every(([address = '', length]) => isNetwork(address, Number(length)))
      ? undefined
      : 'has addresses with no bit behind their prefix'
  },
}

/** ip6t_npt_checkentry in net/ipv6/netfilter/ip6t_NPT.c. */
function isNetwork(address: string, length: number): boolean {
  if (familyOf(address) !== 'ipv6') return true
  const bits = [...addressBytes(address)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return !bits.slice(length).includes('1')
}

const securityTables = ['mangle', 'security'] as const

/** Targets whose meaning nobody here knows: their options and values are held against what iptables 1.8.9 takes. */
export const otherTargets: Readonly<Record<string, OtherTarget>> = {
  AUDIT: { options: [value('--type', kinds.oneOfAnyCase('accept', 'drop', 'reject'), must)] },
  CHECKSUM: { options: [flag('--checksum-fill', must)], tables: ['mangle'] },
  CLASSIFY: {
    options: [
      value(
        '--set-class',
        kinds.kind('a class; write MAJOR:MINOR', (written) => /^\s*(0x)?[0-9a-f]+:\s*(0x)?[0-9a-f]/i.test(written)),
        must,
      ),
    ],
    chains: ['OUTPUT', 'FORWARD', 'POSTROUTING'],
  },
  CLUSTERIP: {
    family: 'ipv4',
    options: [
      flag('--new'),
      value('--hashmode', kinds.oneOf('sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport')),
      value('--clustermac', clusterMac),
      value('--total-nodes', kinds.number(16, 0, 16)),
      value('--local-node', kinds.number(16, 0, 16)),
      value('--hash-init', kinds.number(32)),
    ],
    check: (names) =>
      names.size === 0 || ['--new', '--hashmode', '--clustermac', '--total-nodes', '--local-node'].every((name) => names.has(name))
        ? undefined
        : 'needs --new, --hashmode, --clustermac, --total-nodes and --local-node, or none of them',
  },
  CONNSECMARK: { options: either(flag('--save'), flag('--restore')), tables: securityTables, check: needsAny },
  DSCP: {
    options: either(value('--set-dscp', kinds.number(8, 0, 63)), value('--set-dscp-class', kinds.kind('a DSCP class', isDscpClass))),
    tables: ['mangle'],
    check: needsAny,
  },
  ECN: {
    family: 'ipv4',
    options: [
      flag('--ecn-tcp-remove', { without: ['--ecn-tcp-cwr', '--ecn-tcp-ece'] }),
      value('--ecn-tcp-cwr', kinds.number(8, 0, 1), { without: ['--ecn-tcp-remove'] }),
      value('--ecn-tcp-ece', kinds.number(8, 0, 1), { without: ['--ecn-tcp-remove'] }),
      value('--ecn-ip-ect', kinds.number(8, 0, 3)),
    ],
    tables: ['mangle'],
    check: (names, { protocol, otherProtocols }) =>
      needsAny(names) ??
      ([...names].some((name) => name.startsWith('--ecn-tcp')) && (protocol !== 6 || otherProtocols) ? 'needs -p tcp' : undefined),
  },
  HL: { family: 'ipv6', options: hopLimit('hl'), tables: ['mangle'], check: needsAny },
  HMARK: {
    options: [
      value('--hmark-tuple', hmarkTuple),
      value('--hmark-mod', kinds.number(32, 1), must),
      value('--hmark-offset', kinds.number(32)),
      value('--hmark-src-prefix', kinds.prefix),
      value('--hmark-dst-prefix', kinds.prefix),
      ...['sport', 'dport', 'sport-mask', 'dport-mask', 'proto-mask'].map((name) => value(`--hmark-${name}`, kinds.number(16))),
      ...['spi', 'spi-mask'].map((name) => value(`--hmark-${name}`, kinds.number(32))),
      value('--hmark-rnd', kinds.number(32), must),
    ],
    check: (names, _, values) => {
      const repeated = repeatedByTuple(names, values.get('--hmark-tuple') ?? '')
      if (repeated !== undefined) return `has ${repeated} by --hmark-tuple before it`
      if (names.has('--hmark-spi-mask') && (names.has('--hmark-sport-mask') || names.has('--hmark-dport-mask')))
        return 'has either --hmark-spi-mask or masks of ports'
      return [...names].some((name) => /-(prefix|mask|sport|dport|spi|tuple)$/.test(name)) ? undefined : 'needs --hmark-tuple'
    },
  },
  IDLETIMER: {
    options: [value('--timeout', kinds.number(32, 1), must), value('--label', label, must), flag('--alarm')],
  },
  LED: {
    options: [
      value('--led-trigger-id', kinds.text(1, 17), must),
      value(
        '--led-delay',
        kinds.kind(
          "a number of milliseconds, or 'inf'",
          (written) => /^inf/i.test(written) || wholeNumber(written, 0xffffffff) !== undefined,
        ),
      ),
      flag('--led-always-blink'),
    ],
  },
  NETMAP: {
    options: [value('--to', kinds.network, must)],
    tables: ['nat'],
    chains: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  },
  NFLOG: {
    options: [
      value('--nflog-prefix', kinds.oneLine(1)),
      value('--nflog-group', kinds.number(16)),
      ...either(value('--nflog-range', kinds.number(32)), value('--nflog-size', kinds.number(32))),
      value('--nflog-threshold', kinds.number(16)),
    ],
  },
  NFQUEUE: {
    options: [
      value('--queue-num', kinds.number(16), { without: ['--queue-balance'] }),
      value('--queue-balance', queueBalance, { without: ['--queue-num'] }),
      flag('--queue-bypass'),
      flag('--queue-cpu-fanout', { needs: ['--queue-balance'] }),
    ],
  },
  NOTRACK: { options: [], tables: ['raw'] },
  RATEEST: {
    options: [
      value('--rateest-name', kinds.text(), must),
      value('--rateest-interval', timeSpan, must),
      value('--rateest-ewmalog', timeSpan, must),
    ],
    check: checkRates,
  },
  SECMARK: { options: [value('--selctx', kinds.text(1), must)], tables: securityTables },
  SET: {
    options: [
      setOption('--add-set'),
      setOption('--del-set'),
      setOption('--map-set'),
      flag('--exist'),
      value('--timeout', kinds.number(32, 0, 0xfffffffe)),
      flag('--map-mark'),
      flag('--map-prio'),
      flag('--map-queue'),
    ],
    check: checkSet,
  },
  SNPT: { ...npt, chains: ['INPUT', 'POSTROUTING'] },
  DNPT: { ...npt, chains: ['PREROUTING', 'OUTPUT'] },
  SYNPROXY: {
    options: [
      flag('--sack-perm'),
      flag('--timestamp'),
      value('--wscale', kinds.number(32)),
      value('--mss', kinds.number(32)),
      flag('--ecn'),
    ],
    protocols: [6],
    chains: ['INPUT', 'FORWARD'],
  },
  TCPMSS: {
    options: [value('--set-mss', kinds.number(16, 0, 65515)), flag('--clamp-mss-to-pmtu')],
    protocols: [6],
    check: needsAny,
  },
  TCPOPTSTRIP: { options: [value('--strip-options', tcpOptions)], tables: ['mangle'], protocols: [6] },
  TEE: { options: [value('--gateway', gateway, must), value('--oif', kinds.text(0))] },
  TOS: {
    options: [
      value('--set-tos', kinds.tos, { without: ['--and-tos', '--or-tos', '--xor-tos'] }),
      ...['--and-tos', '--or-tos', '--xor-tos'].map((name, _, all) =>
        value(name, kinds.number(8), { without: ['--set-tos', ...all.filter((other) => other !== name)] }),
      ),
    ],
    tables: ['mangle'],
    check: needsAny,
  },
  TRACE: { options: [], tables: ['raw'] },
  TTL: { family: 'ipv4', options: hopLimit('ttl'), tables: ['mangle'], check: needsAny },
  ULOG: {
    family: 'ipv4',
    options: [
      value('--ulog-nlgroup', kinds.number(8, 1, 32)),
      value('--ulog-prefix', kinds.oneLine(1)),
      value('--ulog-cprange', kinds.number(64)),
      value('--ulog-qthreshold', kinds.number(64, 1, 50)),
    ],
  },
}
