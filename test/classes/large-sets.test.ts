import t from 'tap'
import { flowClasses } from '../../harness/classes/flow-classes.ts'
import { type Box, domainOfDimension } from '../../harness/classes/boxes/frame.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { rangesOf } from '../../harness/classes/words.ts'
import type { World } from '../../harness/classes/space/world.ts'
import type { IpSet, SetMember } from '../../harness/flow/ip-set.ts'
import { IntervalSet, type Scalar } from '../../harness/netfilter/interval-set.ts'
import { addressNumber, addressOfNumber } from '../../harness/netfilter/wide-values.ts'
import { describeAddresses, describeSet } from '../../harness/repro/table/describe-set.ts'
import { worldIn } from './strays.ts'

const first = addressNumber('198.18.0.0')

/** Pairs of which no two have an address or a port in common, and no two addresses are neighbours. */
function pairs(count: number): IpSet {
  const members = Array.from({ length: count }, (_, index): SetMember => {
    const address = addressOfNumber(first + 2n * BigInt(index), 'ipv4')
    return {
      parts: [
        { is: 'ip', address },
        { is: 'port', protocol: 6, port: 20_000 + index },
      ],
    }
  })
  return { name: 'S', type: 'hash:ip,port', family: 'ipv4', members }
}

/** The proxy goes past everything, and all else past the proxy where the set has it. */
const payload = `*nat
-A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN
-A OUTPUT -p tcp -m set --match-set S dst,dst -j RETURN
-A OUTPUT -p tcp -m owner --gid-owner 2000 -j RETURN
-A OUTPUT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`

const withoutOwners = payload.replaceAll(/.*--[ug]id-owner.*\n/g, '')

const worldWith = (count: number, rules = payload): World =>
  worldIn({
    rules: [{ form: 'restore', family: 'ipv4', payload: rules, sets: [pairs(count)] }],
    flows: [],
    inner: false,
  })

/** How many intervals are made while something is done: what it takes, whatever the machine. */
function intervalsMade(act: () => void): number {
  const { prototype } = IntervalSet
  const made = new Set<IntervalSet<Scalar>>()
  const counting = <A extends unknown[]>(method: (this: IntervalSet<Scalar>, ...args: A) => IntervalSet<Scalar>) =>
    function counted(this: IntervalSet<Scalar>, ...args: A): IntervalSet<Scalar> {
      const result = method.apply(this, args)
      made.add(result)
      return result
    }
  const { intersect, union, complement } = prototype
  Object.assign(prototype, {
    intersect: counting(intersect),
    union: counting(union),
    complement: counting(complement),
  })
  try {
    act()
  } finally {
    Object.assign(prototype, { intersect, union, complement })
  }
  return [...made].reduce((sum, { intervals }) => sum + intervals.length, 0)
}

const protocols = ['tcp']
const spaceIn = (world: World): Box[] =>
  spaceOf([world], { families: ['ipv4'], origins: [{ kind: 'pod' }] }).filter(({ frame }) =>
    protocols.includes(frame.protocol),
  )

t.test('as many classes take about as much, however many members a set has', async (t) => {
  const made = [1000, 8000].map((count) => {
    const world = worldWith(count)
    const space = spaceIn(world)
    return intervalsMade(() => [...flowClasses([world], space, { classes: 400 })])
  })
  const [few = 0, many = 0] = made
  t.ok(many < 3 * few, `${few} intervals are made of 1000 members, ${many} of 8000`)
})

t.test('members of a set do not take the budget of other kinds of flows', async (t) => {
  const world = worldWith(1000)
  const classes = [...flowClasses([world], spaceIn(world), { classes: 100 })]
  const ends = new Set(
    classes.map(({ witness: { credentials }, predictions: [prediction] }) => {
      const rule = prediction?.attempts[0]?.deciding?.number ?? 'none'
      return `${credentials.uid === 1337 || credentials.gid === 2000 ? 'apart' : 'others'} by ${rule}`
    }),
  )
  t.same([...ends].sort(), ['apart by 1', 'apart by 2', 'apart by 3', 'others by 2', 'others by 4'])
})

t.test('all of what a small set tells apart is still found', async (t) => {
  const world = worldWith(300, withoutOwners)
  const found = flowClasses([world], spaceIn(world))
  let next = found.next()
  for (; !next.done; next = found.next());
  t.same(next.value.left, [])
  // Each member, and what else its address has.
  t.ok(next.value.classes > 600, `${next.value.classes} classes`)
})

t.test('members of large sets are told by some of them, where that is wanted', async (t) => {
  const world = worldWith(1000, withoutOwners)
  const found = flowClasses([world], spaceIn(world), { samples: 50 })
  let [next, sampled] = [found.next(), 0]
  for (; !next.done; next = found.next()) if (Number(next.value.witness.destination.port) >= 20_000) sampled += 1
  t.equal(next.value.spent, 'samples')
  t.ok(next.value.left.length > 0)
  t.ok(sampled > 5 && next.value.classes < 100, `${sampled} of ${next.value.classes} classes are of members`)
})

t.test('a set is put into words at a cost in proportion to its size', async (t) => {
  const domain = domainOfDimension('daddr', 'ipv4')
  const all = IntervalSet.all<Scalar>(domain)
  const frame = { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'tcp' } as const
  const root: Box = { frame, in: { daddr: all } }
  const every32nd = (count: number): IntervalSet<Scalar> =>
    IntervalSet.from<Scalar>(
      domain,
      Array.from({ length: count }, (_, index) => first + 32n * BigInt(index)).map((at) => ({ first: at, last: at })),
    )
  const ways: Readonly<Record<string, (set: IntervalSet<Scalar>) => string | undefined>> = {
    ranges: (set) => rangesOf({ frame, in: { daddr: set } }, [root]).daddr,
    table: (set) => describeSet(set, all, { any: 'anywhere', part: describeAddresses('ipv4', all, new Map()) }),
  }
  for (const [name, say] of Object.entries(ways)) {
    const [few = 0, many = 0] = [250, 2000].map((count) => intervalsMade(() => say(every32nd(count))))
    t.ok(many <= 9 * few, `${name}: ${few} intervals are made of 250, ${many} of 2000`)
    t.match(say(every32nd(2000)), /^198\.18\.0\.0, ?198\.18\.0\.32,.* and 19\d\d more$/, name)
  }
})

t.test('what a long chain asks of one protocol does not tell flows of another one apart', async (t) => {
  const rules = Array.from({ length: 300 }, (_, index) => {
    const address = addressOfNumber(first + BigInt(index), 'ipv4')
    return `-A OUTPUT -d ${address}/32 -p tcp -m tcp --dport 80 -j RETURN`
  })
  const world = worldWith(
    1,
    ['*nat', ...rules, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT', ''].join('\n'),
  )
  const classes = [...flowClasses([world], spaceOf([world], { families: ['ipv4'], origins: [{ kind: 'pod' }] }))]
  const counts = Map.groupBy(classes, ({ box }) => box.frame.protocol)
  t.ok((counts.get('tcp')?.length ?? 0) > 300)
  for (const protocol of ['udp', 'icmp'] as const) {
    const count = counts.get(protocol)?.length ?? 0
    t.ok(count > 0 && count < 100, `${count} classes of ${protocol}`)
  }
})
