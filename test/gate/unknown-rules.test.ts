import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import type { World } from '../../harness/classes/space/world.ts'
import type { Family } from '../../harness/core/address.ts'
import type { Protocol } from '../../harness/flow/flow.ts'
import { classBudget, type Compared, compareWorlds } from '../../harness/gate/classes/compare.ts'
import { topologyFor } from '../../harness/gate/compared/topology.ts'
import { rulesOf } from '../../harness/netfilter/ruleset.ts'
import { matchBases } from '../iptables/extension-forms.ts'
import { restoreText, worldIn } from './worlds.ts'

/** Rules that the model does not know, on one side or on both: what may be said of them without the kernel. */

const { addresses } = topologyFor([])
const world = (family: Family, ...lines: readonly string[]): World | undefined =>
  worldIn(restoreText(family, ...lines, 'COMMIT', ''), 'nft', addresses)

/** TCP alone, from the pod and from its peer. */
const compare = (...worlds: readonly (World | undefined)[]): Compared => compareOf('tcp', worlds)

function compareOf(protocol: Protocol, [before, after]: readonly (World | undefined)[]): Compared {
  if (before === undefined || after === undefined) throw new TypeError('rules that are read')
  const space = spaceOf([before, after]).filter(({ frame }) => frame.protocol === protocol)
  return compareWorlds([before, after], space, classBudget).compared
}

const filter = (...rules: readonly string[]) => world('ipv4', '*filter', ...rules)

const opaque = Object.entries(matchBases).flatMap(
  ([name, { family = 'ipv4', before = '', chain = 'INPUT', options = '' }]) => {
    const own = chain === 'FORWARD' ? 'INPUT' : chain
    const asked = [before, `-m ${name}`, options].filter(Boolean).join(' ')
    const rules = (comment: string) =>
      world(family, '*filter', `-A ${own} ${asked} -m comment --comment ${comment} -j DROP`)
    const found = rules('a')
    const isUnknown =
      found && rulesOf(found.rulesets[family]).some((rule) => rule.conditions.some(({ kind }) => kind === 'unknown'))
    return isUnknown
      ? [{ name, family, rules, asked, without: world(family, '*filter', `-A ${own} -p udp -j ACCEPT`) }]
      : []
  },
)

t.test('every match that the model does not know', async (t) => {
  t.ok(opaque.length > 35, `${opaque.length} matches`)
  for (const { name, rules, without, asked } of opaque) {
    const same = await compare(rules('a'), rules('b'))
    t.same(
      [same.witnesses, [...same.unknown.keys()], same.isPart],
      [[], [], false],
      `${name}: asked on both sides alike`,
    )
    const gone = await compare(rules('a'), without)
    // Of ESP and its like no flow is sent.
    const isReached = !/^-p (?!tcp)/.test(asked)
    t.equal(gone.unknown.size > 0, isReached, `${name}: on one side, it is named`)
    t.equal(gone.witnesses.length > 0, isReached, `${name}: on one side, the kernel is asked`)
    if (isReached) t.equal(same.alike.size, 1, `${name}: what is taken for the same is named`)
  }
})

t.test('what becomes of the answer to a datagram is not known either', async (t) => {
  const rule = (target: string) => world('ipv4', '*mangle', `-A OUTPUT -o eth0 -p udp -m ttl --ttl-eq 64 -j ${target}`)
  const isOfPeer = ({ flow }: Compared['witnesses'][number]): boolean => flow.origin.kind === 'peer'
  const changed = await compareOf('udp', [rule('RETURN'), rule('DROP')])
  t.ok(changed.witnesses.some(isOfPeer), 'the kernel is asked')
  t.match([...changed.unknown.keys()], [/asks for --ttl-eq/])
  const same = await compareOf('udp', [rule('DROP'), rule('DROP')])
  t.same([same.witnesses, [...same.unknown.keys()]], [[], []])
})

t.test('other constants are told, where the answer makes a difference', async (t) => {
  const ttl = (constant: number) => filter(`-A INPUT -m ttl --ttl-eq ${constant} -j DROP`)
  const moved = await compare(ttl(64), ttl(63))
  t.match([...moved.unknown.keys()], [/^rule 1 of chain INPUT asks for --ttl-eq, which is not known here$/])
  t.ok(moved.unjudged > 0)
  const harmless = (constant: number) => filter(`-A INPUT -m ttl --ttl-eq ${constant} -j ACCEPT`)
  t.match(
    await compare(harmless(64), harmless(63)),
    { witnesses: [], unjudged: 0, unknown: new Map() },
    'both accept anyway',
  )
})

t.test('what counts answers alike behind the same rules alone; what looks at the packet does everywhere', async (t) => {
  const behind = (asked: string) => filter(`-A INPUT -p udp -j ACCEPT`, `-A INPUT ${asked} -j DROP`)
  const alone = (asked: string) => filter(`-A INPUT ${asked} -j DROP`, `-A INPUT -p udp -j ACCEPT`)
  const ttl = '-m ttl --ttl-eq 64'
  t.same((await compare(behind(ttl), alone(ttl))).witnesses, [])
  t.ok((await compare(behind('-m quota --quota 10'), alone('-m quota --quota 10'))).unjudged > 0)
  const marked = (dscp: number) =>
    world('ipv4', '*mangle', `-A PREROUTING -j DSCP --set-dscp ${dscp}`, '-A INPUT -m dscp --dscp 4 -j DROP')
  t.ok((await compare(marked(4), marked(5))).unjudged > 0, 'a header that a rule has set')
  t.same((await compare(marked(4), marked(4))).witnesses, [])
})

t.test('flows are sent around the constants of a rule that cannot be judged', async (t) => {
  const asked = '-p tcp -s 198.51.100.0/24 -m multiport --dports 7000:7010 -m ttl --ttl-eq 64'
  const { witnesses, around } = await compare(filter(`-A INPUT ${asked} -j DROP`), filter('-A INPUT -p udp -j ACCEPT'))
  t.equal(around.rules, 1)
  const sent = witnesses.filter(({ why }) => why === 'unjudged').map(({ flow }) => flow)
  // A class's own flow leaves the source to the route.
  t.equal(around.flows, sent.filter(({ source }) => source?.address !== undefined).length)
  t.same(
    [6999, 7000, 7010, 7011].filter((port) => !sent.some(({ destination }) => destination.port === port)),
    [],
    'each port at an edge and beside it',
  )
  t.same(
    ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'].filter(
      (address) => !sent.some(({ source }) => source?.address === address),
    ),
    [],
    'each end of its addresses',
  )
})

t.test('a target that is not known is named whatever stands on the other side', async (t) => {
  const queue = filter('-A OUTPUT -p tcp --dport 7000 -j NFQUEUE --queue-num 1')
  const found = await compare(queue, filter('-A OUTPUT -p tcp --dport 7000 -j NFQUEUE --queue-num 2'))
  t.match([...found.unknown.keys()], [/NFQUEUE/])
  t.ok(found.witnesses.some(({ flow }) => flow.destination.port === 6999))
})

t.test('a translation of the source counts where a process chooses another one than the route would', async (t) => {
  const nat = (...rules: readonly string[]) => worldIn(restoreText('ipv4', '*nat', ...rules, 'COMMIT', ''))
  const before = nat('-A POSTROUTING -p tcp -j MASQUERADE')
  const { witnesses } = await compare(before, nat('-A POSTROUTING -p udp -j MASQUERADE'))
  const away = witnesses.filter(({ why, flow }) => why === 'apart' && flow.source?.address === '10.245.0.5')
  t.ok(away.length > 0, JSON.stringify(witnesses.map(({ flow }) => flow)))
})
