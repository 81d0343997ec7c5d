import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import { isOnePort, negatable, network, pick, portRange, sourcePort } from './random-values.ts'

/** On which way of a packet a chain lies: rules there may ask for different things. */
export type Way = 'out' | 'in' | 'through'

/** What a rule asks about protocol and ports. */
export function protocolPart(family: Family): Arbitrary<string> {
  const icmp =
    family === 'ipv4'
      ? ['-p icmp', '-p icmp -m icmp --icmp-type 8']
      : ['-p ipv6-icmp', '-p ipv6-icmp -m icmp6 --icmpv6-type 128']
  return fc.oneof(
    pick([
      '',
      '',
      '-p tcp',
      '-p tcp',
      '-p udp',
      '! -p tcp',
      '! -p udp',
      '-p tcp -m tcp --syn',
      '-p tcp -m tcp ! --syn',
      '-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK',
      '-p tcp -m tcp --tcp-flags RST RST',
      ...icmp,
    ]),
    fc
      .tuple(pick(['tcp', 'udp']), negatable(portRange.map((range) => `--dport ${range}`)))
      .map(([name, asked]) => `-p ${name} -m ${name} ${asked}`),
    fc
      .tuple(pick(['tcp', 'udp']), negatable(sourcePort.map((range) => `--sport ${range}`)))
      .map(([name, asked]) => `-p ${name} -m ${name} ${asked}`),
    fc
      .tuple(
        pick(['tcp', 'udp']),
        pick(['', '! ']),
        pick(['--dports', '--dports', '--ports', '--sports']),
        fc
          .uniqueArray(fc.oneof(portRange, sourcePort), { minLength: 1, maxLength: 4 })
          .filter((list) => !list.some((text) => isOnePort(text))),
      )
      .map(([name, not, option, list]) => `-p ${name} -m multiport ${not}${option} ${list.join(',')}`),
  )
}

/** addrtype, now and then about the chain's own kind of interface alone. */
function addressTypes(way: Way, family: Family): Arbitrary<string> {
  const ofBoth = ['LOCAL', 'UNICAST', 'MULTICAST', 'LOCAL,UNICAST']
  const types = pick(
    family === 'ipv4' ? [...ofBoth, 'BROADCAST', 'LOCAL,BROADCAST'] : [...ofBoth, 'ANYCAST', 'UNICAST,ANYCAST'],
  )
  const side = pick(['--src-type', '--dst-type'])
  const asked = negatable(fc.tuple(side, types).map((both) => both.join(' ')))
  return fc
    .tuple(asked, pick(['', '', ` --limit-iface-${way === 'out' ? 'out' : 'in'}`]))
    .map(([one, limit]) => `-m addrtype ${one}${limit}`)
}

export function conditions(way: Way, family: Family): Arbitrary<string> {
  const ids = pick(['0', '1000', '1500', '0-999', '1000-1499', '1001-2000', 'root', 'daemon'])
  const interfaces = (option: string) =>
    negatable(pick(['lo', 'eth0', 'net1', 'br0', 'eth+', 'net2']).map((name) => `${option} ${name}`))
  const address = (option: string) => negatable(network(family).map((text) => `${option} ${text}`))
  const states = pick([
    'NEW',
    'ESTABLISHED',
    'NEW,ESTABLISHED,RELATED',
    'RELATED',
    'INVALID',
    'UNTRACKED',
    'INVALID,UNTRACKED',
    'DNAT',
    'SNAT',
  ])
  const marks = pick(['0x1', '0x2/0x2', '0x3', '0x0'])
  const ends = pick(['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'])
  const connections = fc.oneof(
    pick(['ORIGINAL', 'REPLY']).map((direction) => `--ctdir ${direction}`),
    negatable(pick(['tcp', 'udp', '1']).map((protocol) => `--ctproto ${protocol}`)),
    negatable(fc.tuple(ends, network(family)).map(([end, text]) => `--${end} ${text}`)),
    negatable(fc.tuple(ends, portRange).map(([end, ports]) => `--${end}port ${ports}`)),
    pick(['--ctstate INVALID,UNTRACKED --ctdir ORIGINAL', '! --ctstate NEW --ctproto tcp']),
  )
  const ranges = pick(
    family === 'ipv4' ? ['10.0.0.0-10.244.0.5', '127.0.0.1-203.0.113.10'] : ['::1-2001:db8::9', 'fd00::-fd00:10::5'],
  )
  const common = [
    connections.map((asked) => `-m conntrack ${asked}`),
    negatable(fc.tuple(pick(['--src-range', '--dst-range']), ranges).map((both) => both.join(' '))).map(
      (asked) => `-m iprange ${asked}`,
    ),
    address('-d'),
    address('-s'),
    negatable(states.map((list) => `--ctstate ${list}`)).map((asked) => `-m conntrack ${asked}`),
    negatable(marks.map((mark) => `--mark ${mark}`)).map((asked) => `-m mark ${asked}`),
    negatable(marks.map((mark) => `--mark ${mark}`)).map((asked) => `-m connmark ${asked}`),
    addressTypes(way, family),
    fc
      .tuple(pick(['-s', '-d']), network(family), network(family))
      .map(([option, ...both]) => `${option} ${both.join(',')}`),
  ]
  const owners = fc.oneof(
    negatable(ids.map((id) => `--uid-owner ${id}`)),
    negatable(ids.map((id) => `--gid-owner ${id}`)),
    fc
      .tuple(negatable(ids.map((id) => `--uid-owner ${id}`)), negatable(ids.map((id) => `--gid-owner ${id}`)))
      .map((both) => both.join(' ')),
    negatable(ids.map((id) => `--gid-owner ${id}`)).map((asked) => `${asked} --suppl-groups`),
    pick(['--socket-exists', '! --socket-exists']),
  )
  const sockets = pick(['', ' --transparent', ' --nowildcard', ' --transparent --nowildcard']).map(
    (asked) => `-m socket${asked}`,
  )
  const own =
    way === 'out'
      ? [
          interfaces('-o'),
          interfaces('-o'),
          owners.map((asked) => `-m owner ${asked}`),
          owners.map((asked) => `-m owner ${asked}`),
        ]
      : way === 'in'
        ? [interfaces('-i'), sockets]
        : [interfaces('-i'), interfaces('-o')]
  const kind = (text: string) =>
    text
      .replace('! ', '')
      .split(' ')
      .slice(0, 2)
      .join(' ')
      .replace(/^(-[dsoi]) .*/, '$1')
  return fc.uniqueArray(fc.oneof(...common, ...own), { maxLength: 2, selector: kind }).map((parts) => parts.join(' '))
}
