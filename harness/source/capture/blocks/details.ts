/** What the end of a listing's row says. */
export interface Details {
  /** What is asked, as options; before the target. */
  matches: string[]
  /** The target's own options. */
  target: string[]
  /** The target is gone on from, not returned to. */
  isGoto: boolean
  /** What is not understood, as it is written. */
  unknown: string[]
}

type Take = (
  found: readonly (string | undefined)[],
  protocol: string,
) => { matches?: string[]; target?: string[]; isGoto?: true }

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`
const not = (sign: string | undefined): string[] => (sign === undefined || sign.trim() === '' ? [] : ['!'])
/** `tcp spt:1 dpts:!1:2`: each is a question of the protocol's own module. */
const port =
  (option: string): Take =>
  ([, negated, ports = ''], protocol) => ({ matches: ['-m', protocol, ...not(negated), option, ports] })
const match =
  (module: string, option: string): Take =>
  ([, negated, value]) => ({
    matches: ['-m', module, ...not(negated), option, ...(value === undefined ? [] : [value])],
  })
const target =
  (...options: string[]): Take =>
  ([, value]) => ({ target: [...options, ...(value === undefined ? [] : [value])] })

/**
 * How extensions print what they ask and do (the `print` of each in iptables' extensions/libxt_*.c, libipt_*.c and
 * libip6t_*.c).
 */
const patterns: readonly (readonly [RegExp, Take])[] = [
  [/^\/\* (.*?) \*\//, ([, text = '']) => ({ matches: ['-m', 'comment', '--comment', quoted(text)] })],
  [/^\[goto\]/, () => ({ isGoto: true })],
  [/^(?:tcp|udp|udplite|sctp|dccp|icmp|ipv6-icmp|icmp6)(?=\s+(?:spts?|dpts?|flags|option|type)\b)/, () => ({})],
  [/^spts?:(!)?(\S+)/, port('--sport')],
  [/^dpts?:(!)?(\S+)/, port('--dport')],
  [
    /^flags:(!)?0x([0-9A-Fa-f]+)\/0x([0-9A-Fa-f]+)/,
    ([, negated, mask = '', set = '']) => ({
      matches: ['-m', 'tcp', ...not(negated), '--tcp-flags', flags(mask), flags(set)],
    }),
  ],
  [
    /^flags:(!)?([A-Z,]+)\/([A-Z,]+)/,
    ([, negated, mask = '', set = '']) => ({ matches: ['-m', 'tcp', ...not(negated), '--tcp-flags', mask, set] }),
  ],
  [
    /^(?:icmp\s+)?(! ?)?icmp\s?type (!)?(\d+)(?: code (\d+))?/,
    ([, a, b, type = '', code]) => ({
      matches: ['-m', 'icmp', ...not(a ?? b), '--icmp-type', code === undefined ? type : `${type}/${code}`],
    }),
  ],
  [/^icmp\s+(!)?([a-z][\w-]+)/, match('icmp', '--icmp-type')],
  [
    /^ipv6-icmp\s?type (!)?(\d+)(?: code (\d+))?/,
    ([, a, type = '', code]) => ({
      matches: ['-m', 'icmp6', ...not(a), '--icmpv6-type', code === undefined ? type : `${type}/${code}`],
    }),
  ],
  [/^ipv6-icmp\s+(!)?([a-z][\w-]+)/, match('icmp6', '--icmpv6-type')],
  [/^(! )?owner UID match (\S+)/, match('owner', '--uid-owner')],
  [
    /^(! )?owner GID match (\S+)(?: incl\. suppl\. groups)?/,
    ([all = '', negated, gid = '']) => ({
      matches: [
        '-m',
        'owner',
        ...not(negated),
        '--gid-owner',
        gid,
        ...(all.endsWith('groups') ? ['--suppl-groups'] : []),
      ],
    }),
  ],
  [/^(! )?owner socket exists/, match('owner', '--socket-exists')],
  [/^multiport sports\s+(! ?)?(\S+)/, match('multiport', '--sports')],
  [/^multiport dports\s+(! ?)?(\S+)/, match('multiport', '--dports')],
  [/^multiport ports\s+(! ?)?(\S+)/, match('multiport', '--ports')],
  [/^(?:mark|MARK) match\s+(! ?)?(\S+)/, match('mark', '--mark')],
  [/^(?:connmark|CONNMARK) match\s+(! ?)?(\S+)/, match('connmark', '--mark')],
  [/^(! )?ctstate (\S+)/, match('conntrack', '--ctstate')],
  [/^(! )?state (\S+)/, match('state', '--state')],
  [
    /^ADDRTYPE match((?: (?:src-type|dst-type|limit-in|limit-out)(?: !?[A-Z_,]+)?)+)/,
    ([, types = '']) => ({ matches: ['-m', 'addrtype', ...addressTypes(types)] }),
  ],
  [
    /^(! )?match-set (\S+) (\S+)/,
    ([, negated, name = '', where = '']) => ({ matches: ['-m', 'set', ...not(negated), '--match-set', name, where] }),
  ],
  [
    /^limit: (?:up to|avg) (\S+) burst (\d+)/,
    ([, rate = '', burst = '']) => ({ matches: ['-m', 'limit', '--limit', rate, '--limit-burst', burst] }),
  ],
  [/^source IP range (! ?)?(\S+)/, match('iprange', '--src-range')],
  [/^destination IP range (! ?)?(\S+)/, match('iprange', '--dst-range')],
  [
    /^socket((?: --[\w-]+)*)/,
    ([, options = '']) => ({ matches: ['-m', 'socket', ...options.split(' ').filter((option) => option !== '')] }),
  ],
  [
    /^statistic mode random( !)? probability (\S+)/,
    ([, negated, share = '']) => ({
      matches: ['-m', 'statistic', '--mode', 'random', ...not(negated), '--probability', share],
    }),
  ],
  [
    /^statistic mode nth( !)? every (\d+)(?: packet (\d+))?/,
    ([, negated, every = '', packet]) => ({
      matches: [
        '-m',
        'statistic',
        '--mode',
        'nth',
        ...not(negated),
        '--every',
        every,
        ...(packet === undefined ? [] : ['--packet', packet]),
      ],
    }),
  ],
  [/^redir ports (\S+)/, target('--to-ports')],
  [/^to:(\S+)/, () => ({})],
  [/^masq ports: (\S+)/, target('--to-ports')],
  [/^(random-fully|random|persistent)(?=\s|$)/, ([, option = '']) => ({ target: [`--${option}`] })],
  [/^MARK set (\S+)/, target('--set-mark')],
  [/^MARK xset (\S+)/, target('--set-xmark')],
  [/^MARK or (\S+)/, target('--or-mark')],
  [/^MARK and (\S+)/, target('--and-mark')],
  [/^MARK xor (\S+)/, target('--xor-mark')],
  [/^CONNMARK set (\S+)/, target('--set-mark')],
  [/^CONNMARK xset (\S+)/, target('--set-xmark')],
  [
    /^CONNMARK save(?: mask (\S+))?/,
    ([, mask]) => ({ target: ['--save-mark', ...(mask === undefined ? [] : ['--mask', mask])] }),
  ],
  [
    /^CONNMARK restore(?: mask (\S+))?/,
    ([, mask]) => ({ target: ['--restore-mark', ...(mask === undefined ? [] : ['--mask', mask])] }),
  ],
  [/^CT notrack/, target('--notrack')],
  [/^CT zone (\d+)/, target('--zone')],
  [/^CT zone-orig (\d+)/, target('--zone-orig')],
  [/^CT zone-reply (\d+)/, target('--zone-reply')],
  [
    /^TPROXY redirect (?:\[([^\]]+)\]|([\d.]+|[\da-f:]*::)):(\d+) mark (\S+)/i,
    ([, six, four = '', on = '', mark = '']) => ({
      target: ['--on-port', on, '--on-ip', six ?? four, '--tproxy-mark', mark],
    }),
  ],
  [/^reject-with (\S+)/, target('--reject-with')],
  [
    /^LOG(?: flags \d+)?(?: level (\w+))?(?: prefix "([^"]*)")?/,
    ([, level, prefix]) => ({
      target: [
        ...(level === undefined ? [] : ['--log-level', level]),
        ...(prefix === undefined ? [] : ['--log-prefix', quoted(prefix)]),
      ],
    }),
  ],
  [/^TCPMSS clamp to PMTU/, target('--clamp-mss-to-pmtu')],
  [/^TCPMSS set (\d+)/, target('--set-mss')],
]

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']
const flags = (hexadecimal: string): string => {
  const bits = Number.parseInt(hexadecimal, 16)
  const names = flagNames.filter((_, index) => bits & (1 << index))
  return names.length === 0 ? 'NONE' : names.join(',')
}

/** ` dst-type !LOCAL limit-in`: a sign stands before what it negates. */
function addressTypes(types: string): string[] {
  return [...types.matchAll(/([a-z-]+)(?: (!)?([A-Z_,]+))?/g)].flatMap(([, option = '', sign, value]) => [
    ...not(sign),
    `--${option}`,
    ...(value === undefined ? [] : [value]),
  ])
}

/** @param jump what the row has under `target`. @param protocol under `prot`. */
export function readDetails(text: string, jump: string, protocol: string): Details {
  const details: Details = { matches: [], target: [], isGoto: false, unknown: [] }
  for (let rest = text.trim(); rest !== ''; ) {
    const known = patterns.find(([pattern]) => pattern.test(rest))
    if (known === undefined) {
      const [word = rest] = rest.split(/\s+/)
      details.unknown.push(word)
      rest = rest.slice(word.length).trim()
      continue
    }
    const found = known[0].exec(rest) ?? ['']
    const { matches = [], target: own = [], isGoto } = known[1](found, protocol)
    details.matches.push(...matches)
    details.target.push(...(found[0].startsWith('to:') ? translation(jump, found[1] ?? '') : own))
    if (isGoto) details.isGoto = true
    rest = rest.slice(found[0].length).trim()
  }
  return details
}

const translation = (jump: string, to: string): string[] => [
  jump === 'SNAT' ? '--to-source' : jump === 'DNAT' ? '--to-destination' : '--to',
  to,
]
