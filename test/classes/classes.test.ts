import t from 'tap'
import { contains, intersect, subtract, subtractAll } from '../../harness/classes/boxes/boxes.ts'
import { flowClasses } from '../../harness/classes/flow-classes.ts'
import type { Box, Dimension } from '../../harness/classes/boxes/frame.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { flowAt } from '../../harness/classes/space/flow-at.ts'
import { IntervalSet } from '../../harness/netfilter/interval-set.ts'
import { builtWorld } from './built.ts'
import { somePoint, toldApart } from './some-point.ts'
import { strays, worldIn } from './strays.ts'

const frame = { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'tcp' } as const
const box = (sets: Partial<Record<Dimension, readonly [number, number][]>>): Box => ({
  frame,
  in: Object.fromEntries(
    Object.entries(sets).map(([dimension, intervals]) => [
      dimension,
      IntervalSet.of({ first: 0, last: 9 }, ...intervals.map(([first, last]) => ({ first, last }))),
    ]),
  ),
})

t.test('what is left of a box and what is cut out of it are the whole, each flow once', async (t) => {
  const whole = box({ uid: [[0, 9]], gid: [[0, 9]], dport: [[0, 9]] })
  const hole = box({
    uid: [[2, 4]],
    gid: [
      [0, 3],
      [7, 9],
    ],
    dport: [[5, 5]],
  })
  const parts = [...subtract(whole, hole), hole]
  for (let uid = 0; uid < 10; uid += 1)
    for (let gid = 0; gid < 10; gid += 1)
      for (let dport = 0; dport < 10; dport += 1)
        if (parts.filter((part) => contains(part, { uid, gid, dport })).length !== 1) t.fail(`${uid} ${gid} ${dport}`)
  t.same(subtractAll(whole, parts), [])
  t.equal(intersect(hole, box({ uid: [[0, 9]], gid: [[4, 6]], dport: [[0, 9]] })), undefined)
})

const built = [
  [
    'osm',
    '1.2',
    { outboundPortExclusionList: [6379], outboundIPRangeExclusionList: ['1.1.1.1/32'], localProxyMode: 'PodIP' },
  ],
  ['istio', '1.17', {}],
] as const

for (const [name, release, config] of built) {
  t.test(`the classes of ${name}'s rules cover every flow, and all flows of one fare alike`, async (t) => {
    const world = await builtWorld(name, release, config)
    const space = spaceOf([world])
    const found: ReturnType<typeof flowClasses> = flowClasses([world], space)
    const classes = []
    let next = found.next()
    for (; !next.done; next = found.next()) classes.push(next.value)
    t.same(next.value.left, [], 'nothing is left over')
    t.equal(next.value.spent, undefined)
    t.equal(next.value.classes, classes.length)
    for (const root of space)
      t.same(
        subtractAll(
          root,
          classes.flatMap((one) => (one.box.frame === root.frame ? [one.box] : [])),
        ),
        [],
      )
    let seed = 1
    const dice = (): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const told = toldApart([world])
    const strayed = [...classes, ...classes, ...classes].flatMap(
      (one) => strays(flowAt(one.box.frame, somePoint(one.box, told, dice)), one, [world]) ?? [],
    )
    t.same(strayed, [])
  })
}

t.test('a budget that is spent is told, with what is left over', async (t) => {
  const world = await builtWorld('osm', '1.2')
  const found = flowClasses([world], spaceOf([world]), { classes: 5 })
  let next = found.next()
  for (; !next.done; next = found.next());
  t.equal(next.value.classes, 5)
  t.equal(next.value.spent, 'classes')
  t.ok(next.value.left.length > 0)
})

t.test('a budget of time is that of the processor, and is told where it is spent', (t) => {
  const rules = Array.from({ length: 600 }, (_, at) => `-A OUTPUT -p tcp -m tcp --dport ${2 * at + 1000} -j RETURN`)
  const payload = ['*nat', ...rules, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT', ''].join('\n')
  const world = worldIn({ rules: [{ form: 'restore', family: 'ipv4', payload }], flows: [], inner: false })
  let user = 0
  t.capture(process, 'threadCpuUsage', (before?: NodeJS.CpuUsage) => ({ user: user - (before?.user ?? 0), system: 0 }))
  const found = flowClasses([world], spaceOf([world], { families: ['ipv4'] }), { milliseconds: 1000 })
  let next = found.next()
  // Each class takes 3 ms of it, and however long by the clock.
  for (; !next.done; next = found.next()) user += 3000
  t.equal(next.value.spent, 'milliseconds')
  t.ok(next.value.classes > 300 && next.value.classes < 600, `${next.value.classes}`)
  t.ok(next.value.left.length > 0)
  t.end()
})
