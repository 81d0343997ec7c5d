import fc, { type Arbitrary } from 'fast-check'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { type Family, isLoopback } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { type Case, closedPort, inPod, openPorts, outside, peers, surroundings } from './pod.ts'

/** On which way of a packet a chain lies: rules there may ask for different things. */
type Way = 'out' | 'in' | 'through'

const addresses = {
  ipv4: [...outside.ipv4, ...inPod.ipv4, ...peers.ipv4],
  ipv6: [...outside.ipv6, ...inPod.ipv6, ...peers.ipv6],
} as const
const ports = [...openPorts, closedPort, 15000, 15001, 15003]
const identities = [
  { uid: 1000, gid: 1000, groups: [] },
  { uid: 1500, gid: 0, groups: [] },
  { uid: 0, gid: 0, groups: [] },
  { uid: 1001, gid: 1000, groups: [1500] },
]

const negatable = (text: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(fc.nat(3), text).map(([dice, condition]) => (dice === 0 ? `! ${condition}` : condition))
const pick = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values)

function network(family: Family): Arbitrary<string> {
  const lengths = family === 'ipv4' ? [1, 8, 24, 28, 32] : [1, 16, 48, 64, 128]
  return fc.tuple(pick(addresses[family]), pick(lengths)).map(([address, length]) => `${address}/${length}`)
}

const portRange = fc.oneof(
  pick(ports).map(String),
  fc.tuple(pick(ports), fc.nat(9)).map(([first, more]) => `${first}:${first + more}`),
)

/** Senders that choose one have it among these; all others have one from 20000 on. */
const sourcePorts = [1053, 5353, 9000, 15053] as const
const sourcePort = pick(['1053', '5353', '9000', '15053', '53:9000', '1024:19999', '9000:65535'])
/** multiport takes no range that is one port. */
const isOnePort = (text: string): boolean => /^(\d+):\1$/.test(text)

/** What a rule asks about protocol and ports. */
function protocolPart(family: Family): Arbitrary<string> {
  const icmp =
    family === 'ipv4' ? ['-p icmp', '-p icmp -m icmp --icmp-type 8'] : ['-p ipv6-icmp', '-p ipv6-icmp -m icmp6 --icmpv6-type 128']
  return fc.oneof(
    pick(['', '', '-p tcp', '-p tcp', '-p udp', '! -p tcp', '! -p udp', '-p tcp -m tcp --syn', '-p tcp -m tcp ! --syn', ...icmp]),
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
  const types = pick(family === 'ipv4' ? [...ofBoth, 'BROADCAST', 'LOCAL,BROADCAST'] : [...ofBoth, 'ANYCAST', 'UNICAST,ANYCAST'])
  const side = pick(['--src-type', '--dst-type'])
  const asked = negatable(fc.tuple(side, types).map((both) => both.join(' ')))
  return fc
    .tuple(asked, pick(['', '', ` --limit-iface-${way === 'out' ? 'out' : 'in'}`]))
    .map(([one, limit]) => `-m addrtype ${one}${limit}`)
}

function conditions(way: Way, family: Family): Arbitrary<string> {
  const ids = pick(['0', '1000', '1500', '0-999', '1000-1499', '1001-2000'])
  const interfaces = (option: string) => negatable(pick(['lo', 'eth0', 'net1', 'br0', 'eth+', 'net2']).map((name) => `${option} ${name}`))
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
  const common = [
    address('-d'),
    address('-s'),
    negatable(states.map((list) => `--ctstate ${list}`)).map((asked) => `-m conntrack ${asked}`),
    negatable(marks.map((mark) => `--mark ${mark}`)).map((asked) => `-m mark ${asked}`),
    negatable(marks.map((mark) => `--mark ${mark}`)).map((asked) => `-m connmark ${asked}`),
    addressTypes(way, family),
    fc.tuple(pick(['-s', '-d']), network(family), network(family)).map(([option, ...both]) => `${option} ${both.join(',')}`),
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
  const sockets = pick(['', ' --transparent', ' --nowildcard', ' --transparent --nowildcard']).map((asked) => `-m socket${asked}`)
  const own =
    way === 'out'
      ? [interfaces('-o'), interfaces('-o'), owners.map((asked) => `-m owner ${asked}`), owners.map((asked) => `-m owner ${asked}`)]
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

const verdicts = ['ACCEPT', 'ACCEPT', 'RETURN', 'RETURN', 'LOG']

const rejections = {
  ipv4: ['icmp-net-unreachable', 'icmp-host-unreachable', 'icmp-port-unreachable', 'icmp-admin-prohibited', 'tcp-reset'],
  ipv6: ['icmp6-no-route', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'icmp6-port-unreachable', 'tcp-reset'],
} as const

/** Ports of a translation: one, several, or as before. */
const portsTo = fc.oneof(
  pick([15001, 15003, 80, closedPort]).map(String),
  pick(['80-90', '8080-8090', '15001-15003', `${closedPort}-${closedPort + 5}`]),
)

function targetsOf(table: string, chain: string, family: Family): Arbitrary<string> {
  const marks = [
    'MARK --set-mark 1',
    'MARK --set-xmark 0x2/0x2',
    'CONNMARK --set-mark 1',
    'CONNMARK --save-mark',
    'CONNMARK --restore-mark',
    'MARK --and-mark 0x2',
    'MARK --or-mark 0x1',
    'MARK --xor-mark 0x3',
    'CONNMARK --set-xmark 0x2/0x3',
    'CONNMARK --save-mark --nfmask 0x1 --ctmask 0x2',
    'CONNMARK --restore-mark --mask 0x1',
  ]
  const zones = ['CT --zone 1', 'CT --zone 2', 'CT --zone-orig 1', 'CT --zone-reply 1']
  if (table === 'raw') return pick([...verdicts, 'DROP', 'CT --notrack', ...zones, 'MARK --set-mark 1', 'CONNMARK --restore-mark'])
  if (table === 'mangle')
    return chain === 'PREROUTING'
      ? pick([...verdicts, ...marks, 'TPROXY --on-port 15003', 'TPROXY --on-port 15001 --tproxy-mark 0x1/0x1', 'TPROXY --on-port 81'])
      : pick([...verdicts, ...marks, ...marks, 'DROP'])
  if (table === 'filter' || table === 'security') {
    const rejected = table === 'filter' ? ['REJECT', ...rejections[family].map((type) => `REJECT --reject-with ${type}`)] : []
    return pick([...verdicts, 'DROP', 'MARK --set-mark 1', 'CONNMARK --set-mark 2', ...rejected])
  }

  return chain === 'INPUT' || chain === 'POSTROUTING' ? sourceTargets(chain, family) : destinationTargets(family)
}

function destinationTargets(family: Family): Arbitrary<string> {
  const one = (address: string) => (family === 'ipv4' ? address : `[${address}]`)
  const dnat = pick(addresses[family]).map((address) => `DNAT --to-destination ${one(address)}`)
  const ported = fc.tuple(pick(addresses[family]), portsTo).map(([address, port]) => `DNAT --to-destination ${one(address)}:${port}`)
  const redirect = portsTo.map((port) => `REDIRECT --to-ports ${port}`)
  const random = pick(['80', '15001-15002', '81-85']).map((port) => `REDIRECT --to-ports ${port} --random`)
  const portOnly = fc.constantFrom('DNAT --to-destination :80', 'DNAT --to-destination :15001-15003')
  const marks = pick(['MARK --set-mark 1', 'CONNMARK --set-mark 1'])
  return fc.oneof(pick(verdicts), redirect, redirect, ported, dnat, random, fc.constant('REDIRECT'), portOnly, marks)
}

/** The stub knows its own dials by their source port, so only what leaves the pod gets another one. */
function sourceTargets(chain: string, family: Family): Arbitrary<string> {
  const snat = pick(addresses[family]).map((address) => `SNAT --to-source ${address}`)
  const masquerade = chain === 'POSTROUTING' ? [fc.constant('MASQUERADE'), fc.constant('MASQUERADE')] : []
  return fc.oneof(pick(verdicts), snat, ...masquerade)
}

/** Targets that need a protocol with ports get one. */
const needsPorts = (target: string): boolean => /TPROXY|--to-ports|--to-destination (\[.*\]|[^[:]*)?:\d+/.test(target)

function rule(chain: string, way: Way, table: string, family: Family, below: readonly string[]): Arbitrary<string> {
  const jumps = below.length === 0 ? [] : [pick(below).map((name) => `-j ${name}`), pick(below).map((name) => `-g ${name}`)]
  const target = fc.oneof(
    targetsOf(table, chain, family).map((text) => `-j ${text}`),
    ...jumps,
    // A rule that only counts.
    fc.constant(''),
  )
  return fc
    .tuple(protocolPart(family), conditions(way, family), target, pick(['tcp', 'udp']))
    .map(([protocol, condition, wanted, fallback]) => {
      const asked = /,\S*\//.test(condition) ? condition.replace(/! (-[sd]) /g, '$1 ') : condition
      const isPortless = !/^-p (tcp|udp)/.test(protocol)
      const isRefused = wanted.includes('REJECT') && protocol.startsWith('! -p')
      // A datagram's answer that is not tracked with it is a connection of its own, and echo servers would never end.
      const first = /-j CT|tcp-reset/.test(wanted)
        ? '-p tcp'
        : needsPorts(wanted) && isPortless
          ? `-p ${fallback}`
          : isRefused
            ? ''
            : protocol
      return ['-A', chain, first, asked, wanted].filter((part) => part !== '').join(' ')
    })
}

interface Shape {
  hooks: readonly [chain: string, way: Way][]
  own: readonly [chain: string, way: Way][]
}

const shapes: Readonly<Record<string, Shape>> = {
  nat: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
      ['POSTROUTING', 'out'],
      ['INPUT', 'in'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['OUT_B', 'out'],
      ['IN_A', 'in'],
      ['IN_B', 'in'],
    ],
  },
  mangle: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
      ['INPUT', 'in'],
      ['POSTROUTING', 'out'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['IN_A', 'in'],
    ],
  },
  filter: {
    hooks: [
      ['OUTPUT', 'out'],
      ['INPUT', 'in'],
      ['FORWARD', 'through'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['IN_A', 'in'],
    ],
  },
  // At INPUT the two backends ask nat and security in different orders.
  security: {
    hooks: [
      ['OUTPUT', 'out'],
      ['FORWARD', 'through'],
    ],
    own: [],
  },
  raw: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
    ],
    own: [['OUT_A', 'out']],
  },
}

function table(name: string, family: Family): Arbitrary<string> {
  const { hooks, own } = shapes[name] ?? { hooks: [], own: [] }
  const most = name === 'nat' ? 4 : 2
  const chains = [...hooks, ...own].map(([chain, way]) => {
    const at = own.findIndex(([other]) => other === chain)
    const isSource = name === 'nat' && (chain === 'POSTROUTING' || chain === 'INPUT')
    const below = own.filter(([, otherWay], index) => index > at && otherWay === way && !isSource).map(([other]) => other)
    return fc.array(rule(chain, way, name, family, below), { maxLength: most })
  })
  return fc
    .tuple(
      fc.tuple(...chains),
      name === 'nat'
        ? fc.constant([])
        : fc.subarray(
            hooks.map(([chain]) => chain),
            { maxLength: 1 },
          ),
      fc.nat(5),
    )
    .map(([rules, closed, dice]) =>
      [
        `*${name}`,
        ...(dice === 0 ? closed : []).map((chain) => `:${chain} DROP [0:0]`),
        ...own.map(([chain]) => `:${chain} - [0:0]`),
        ...rules.flat(),
        'COMMIT',
        '',
      ].join('\n'),
    )
}

/** A payload of one family: nat always, other tables now and then. */
function ruleText(family: Family): Arbitrary<RuleText> {
  const sometimes = (name: string) => fc.option(table(name, family), { nil: '', freq: 2 })
  return fc
    .tuple(table('nat', family), sometimes('mangle'), sometimes('filter'), sometimes('raw'), sometimes('security'))
    .map((tables) => ({ form: 'restore', family, payload: tables.join('') }))
}

/** A flow that stands at a boundary of what rules ask for. */
function flow(family: Family, hasInner: boolean): Arbitrary<FlowPlan> {
  const protocol = pick(['tcp', 'tcp', 'tcp', 'udp', 'icmp'] as const)
  const destination = fc.tuple(pick(addresses[family]), pick([...openPorts, closedPort, 15001]))
  const outward = fc.tuple(protocol, pick(identities), destination).map(([protocol, credentials, [address, port]]): FlowPlan => {
    return { credentials, origin: { kind: 'pod' }, protocol, family, destination: { address, port: protocol === 'icmp' ? 0 : port } }
  })
  const chosen = fc.tuple(
    outward,
    fc.option(pick(inPod[family]), { freq: 2, nil: undefined }),
    fc.option(pick(sourcePorts), { nil: undefined }),
  )
  const fromThere = chosen.map(([plan, address, port]): FlowPlan => {
    // The kernel sends nothing out from a loopback address.
    const own: readonly string[] = inPod[family]
    const isAllowed = address !== undefined && (!isLoopback(address) || own.includes(plan.destination.address))
    const source = { ...(isAllowed && { address }), ...(port !== undefined && plan.protocol !== 'icmp' && { port }) }
    return Object.keys(source).length === 0 ? plan : { ...plan, source }
  })
  const name = pick(['eth0', 'net1'])
  const inward = fc.tuple(protocol, name, pick([...openPorts, closedPort, 15003])).map(([protocol, name, port]): FlowPlan => {
    const origin = { kind: 'peer' as const, interface: name }
    return {
      credentials: { uid: 2000, gid: 2000, groups: [] },
      origin,
      protocol,
      family,
      destination: { address: surroundings.pod(name, family), port: protocol === 'icmp' ? 0 : port },
    }
  })
  const inner = fc.tuple(protocol, destination).map(([protocol, [address, port]]): FlowPlan => {
    const destination = { address: address.startsWith('127.') ? '203.0.113.10' : address, port: protocol === 'icmp' ? 0 : port }
    return { credentials: { uid: 1000, gid: 1000, groups: [] }, origin: { kind: 'inner' }, protocol, family, destination }
  })
  const all = [
    { weight: 5, arbitrary: outward },
    { weight: 3, arbitrary: inward },
    { weight: 2, arbitrary: fromThere },
  ]
  return fc.oneof(...all, ...(family === 'ipv4' && hasInner ? [{ weight: 1, arbitrary: inner }] : []))
}

/** Connection tracking remembers: no two flows of a pod may begin at one port. */
const hasItsOwnPort = ({ source }: FlowPlan, index: number, all: readonly FlowPlan[]): boolean =>
  source?.port === undefined || all.findIndex((other) => other.source?.port === source.port) === index

/** A pod, its rules, and flows through them. */
export function randomCase(family: Family, flows: number): Arbitrary<Case> {
  return fc
    .boolean()
    .chain((inner) =>
      fc.tuple(
        fc.constant(inner),
        fc.boolean(),
        ruleText(family),
        fc.array(flow(family, inner), { minLength: 1, maxLength: flows, size: 'max' }),
      ),
    )
    .map(([inner, transparent, rules, flows]) => ({ inner, transparent, rules: [rules], flows: flows.filter(hasItsOwnPort) }))
}
