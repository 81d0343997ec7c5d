import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'

const pick = <T>(...values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values)
const number = (max: number): Arbitrary<string> => fc.nat(max).map(String)
const negatable = (text: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(fc.boolean(), text).map(([not, asked]) => (not ? `! ${asked}` : asked))
const optional = (text: Arbitrary<string>): Arbitrary<string> => fc.option(text, { nil: '' })
const join = (...parts: readonly Arbitrary<string>[]): Arbitrary<string> =>
  fc.tuple(...parts).map((words) => words.filter((word) => word !== '').join(' '))
const range = (most: number, separator: string): Arbitrary<string> =>
  fc
    .tuple(fc.nat(most - 1), fc.nat(9))
    .map(([first, more]) => (more === 0 ? `${first}` : `${first}${separator}${Math.min(first + more, most)}`))
const mark = fc.tuple(fc.nat(0xffff), pick('', '/0xff', '/15', '/0xffffffff')).map(([value, mask]) => `${value}${mask}`)

/** Host bits and masks that need to be made canonical; /0 cannot be negated on both backends alike. */
function address(family: Family, option: string): Arbitrary<string> {
  const text = family === 'ipv4' ? fc.ipV4() : fc.ipV6().filter((address) => !address.includes('.'))
  const masks =
    family === 'ipv4'
      ? ['', '/32', '/31', '/24', '/8', '/1', '/255.255.0.0', '/255.0.255.0']
      : ['', '/128', '/64', '/33', '/1', '/ffff:ffff::']
  const one = fc.tuple(text, pick(...masks)).map((both) => both.join(''))
  const several = fc.array(one, { minLength: 2, maxLength: 3 }).map((all) => `${option} ${all.join(',')}`)
  const asked = negatable(one.map((address) => `${option} ${address}`))
  return fc.oneof({ weight: 5, arbitrary: asked }, { weight: 1, arbitrary: several })
}

const flags = fc
  .uniqueArray(pick('SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH'), { minLength: 1 })
  .map((names) => names.join(','))
/**
 * A negated range that begins with the first port or ends with the last one is printed the other way round by
 * iptables-nft.
 */
const port = (option: string): Arbitrary<string> =>
  negatable(
    range(65534, ':')
      .filter((ports) => !/^0:|:6553[45]$/.test(ports))
      .map((ports) => `${option} ${ports}`),
  )

function protocolPart(family: Family): Arbitrary<{ name: string; text: string }> {
  const icmp =
    family === 'ipv4'
      ? { name: 'icmp', option: '--icmp-type', types: ['echo-request', 'port-unreachable', 'TOS-host-redirect', 'any'] }
      : { name: 'icmpv6', option: '--icmpv6-type', types: ['echo-reply', 'no-route', 'neighbor-solicitation'] }
  const multiport = join(
    pick('-m multiport', '--match multiport'),
    negatable(
      join(
        pick('--dports', '--sports', '--ports'),
        fc.uniqueArray(range(65535, ':'), { minLength: 1, maxLength: 7 }).map((ports) => ports.join(',')),
      ),
    ),
  )
  const tcp = join(
    optional(pick('-m tcp')),
    optional(port('--sport')),
    optional(port('--dport')),
    optional(negatable(pick('--syn', '--tcp-flags ALL NONE'))),
  )
  const given = (name: string, text: Arbitrary<string>) =>
    text.map((text) => ({ name, text: `-p ${name} ${text}`.trim() }))
  return fc.oneof(
    fc.constant({ name: '', text: '' }),
    given('tcp', tcp),
    given('tcp', join(fc.constant('-m tcp --tcp-flags'), flags, flags)),
    given('udp', join(optional(port('--dport')), optional(port('--source-port')))),
    given('udp', multiport),
    fc.constant({ name: '', text: '! -p 132' }),
    negatable(join(fc.constant(icmp.option), pick(...icmp.types, '3', '3/1'))).map((text) => ({
      name: '',
      text: `-p ${icmp.name} ${text}`,
    })),
  )
}

/** As many as an ordinary user's namespace knows. */
const ids = range(65_000, '-')
const owners = join(
  fc.constant('-m owner'),
  fc.oneof(
    join(negatable(ids.map((id) => `--uid-owner ${id}`)), optional(negatable(ids.map((id) => `--gid-owner ${id}`)))),
    join(
      ids.map((id) => `--gid-owner ${id}`),
      optional(pick('--suppl-groups')),
    ),
    negatable(pick('--socket-exists')),
  ),
)
const states = fc
  .uniqueArray(pick('NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'), { minLength: 1 })
  .map((list) => list.join(','))
/** IPv6 has no broadcast. */
const types = (family: Family) =>
  fc
    .uniqueArray(pick('LOCAL', 'UNICAST', family === 'ipv4' ? 'BROADCAST' : 'ANYCAST'), { minLength: 1 })
    .map((list) => list.join(','))
const comment = fc.string({ unit: fc.constantFrom(...'abz09 _-./:;,\'"\\()[]{}=+*$`!'), minLength: 1, maxLength: 30 })
const modules = (family: Family): Arbitrary<string>[] => [
  owners,
  join(fc.constant('-m conntrack'), negatable(join(fc.constant('--ctstate'), states))),
  join(fc.constant('-m mark'), negatable(join(fc.constant('--mark'), mark))),
  join(fc.constant('-m connmark'), negatable(join(fc.constant('--mark'), mark))),
  join(
    fc.constant('-m addrtype'),
    negatable(join(pick('--dst-type', '--src-type'), types(family))),
    optional(pick('--limit-iface-in', '--limit-iface-out')),
  ),
  join(
    fc.constant('-m socket'),
    optional(pick('--transparent')),
    optional(pick('--nowildcard')),
    optional(pick('--restore-skmark')),
  ),
  comment.map((text) => `-m comment --comment "${text.replace(/["\\]/g, '\\$&')}"`),
]

const rejections = {
  ipv4: ['icmp-host-unreachable', 'admin-prohib', 'icmp-net-prohibited', 'proto-unreach'],
  ipv6: ['icmp6-adm-prohibited', 'no-route', 'icmp6-policy-fail', 'reject-route'],
} as const

function target(table: string, family: Family, withPorts: boolean): Arbitrary<string> {
  const common = pick('', '-j RETURN', '-j ACCEPT', '-j A', '-g B')
  const log = join(
    fc.constant('-j LOG'),
    optional(pick('--log-prefix "a b: "', '--log-prefix x')),
    optional(pick('--log-level 6', '--log-level debug', '--log-level 4')),
    optional(pick('--log-uid')),
  )
  if (table === 'filter')
    return fc.oneof(
      common,
      log,
      pick('-j DROP', '-j REJECT', ...rejections[family].map((type) => `-j REJECT --reject-with ${type}`)),
    )
  if (table === 'raw')
    return fc.oneof(
      common,
      pick('-j CT --notrack', '-j CT --zone 1', '-j CT --zone 0', '-j CT --zone-orig 7', '-j DROP'),
    )
  if (table === 'mangle') {
    const set = join(pick('-j MARK', '-j CONNMARK'), pick('--set-mark', '--set-xmark'), mark)
    const bits = join(pick('-j MARK', '-j CONNMARK'), pick('--and-mark', '--or-mark', '--xor-mark'), number(65535))
    return fc.oneof(
      common,
      set,
      bits,
      pick(
        '-j CONNMARK --save-mark',
        '-j CONNMARK --restore-mark --mask 0xff',
        '-j CONNMARK --save-mark --nfmask 1 --ctmask 3',
      ),
      withPorts
        ? join(fc.constant('-j TPROXY --on-port 15006'), optional(mark.map((text) => `--tproxy-mark ${text}`)))
        : log,
    )
  }
  const [one, bare] = family === 'ipv4' ? ['1.2.3.4', '1.2.3.4-1.2.3.9'] : ['[2001:db8::1]', '2001:db8:0::1']
  const ported = pick(
    '-j REDIRECT --to-port 15001',
    '-j REDIRECT --to-ports 80-90 --random',
    `-j DNAT --to-destination ${one}:80`,
    `-j DNAT --to-destination ${one}:80-90 --persistent`,
    `-j SNAT --to-source ${one}:1024-2000 --random-fully --persistent`,
    '-j MASQUERADE --to-ports 1024-2000 --random',
  )
  return withPorts
    ? fc.oneof(common, ported)
    : fc.oneof(
        common,
        pick(
          '-j REDIRECT',
          `-j DNAT --to-destination ${bare}`,
          `-j DNAT --to-destination ${bare} --random`,
          `-j SNAT --to-source ${bare} --random`,
          '-j MASQUERADE',
          '-j MASQUERADE --random-fully',
        ),
      )
}

function rule(table: string, family: Family): Arbitrary<string> {
  const body = protocolPart(family).chain(({ name, text }) =>
    fc.tuple(
      fc.constant(text),
      optional(address(family, '-s')),
      optional(address(family, '-d')),
      optional(negatable(pick('-o lo', '-o eth+', '--out-interface net1'))),
      fc.shuffledSubarray(modules(family), { maxLength: 3 }).chain((chosen) => fc.tuple(...chosen)),
      target(table, family, name !== ''),
    ),
  )
  return body.map(([protocol, source, destination, device, asked, wanted]) => {
    // Beside a list no address can be negated.
    const hasList = /,/.test(source + destination)
    const [from, to] = [source, destination].map((text) => (hasList ? text.replace('! ', '') : text))
    return ['-A C', to, protocol, device, from, ...asked, wanted].filter((part) => part !== '').join(' ')
  })
}

/**
 * A payload with a chain of random rules in one table. No rule asks what the two backends are known to load
 * differently.
 */
export function randomText(family: Family): Arbitrary<RuleText> {
  return pick('nat', 'filter', 'mangle', 'raw')
    .chain((table) => fc.tuple(fc.constant(table), fc.array(rule(table, family), { minLength: 1, maxLength: 12 })))
    .map(([table, rules]) => ({
      form: 'restore',
      family,
      payload: [`*${table}`, ':C - [0:0]', ':B - [0:0]', ':A - [0:0]', ...rules, 'COMMIT', ''].join('\n'),
    }))
}
