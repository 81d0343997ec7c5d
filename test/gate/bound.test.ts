import t from 'tap'
import { frameText } from '../../harness/classes/boxes/frame.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { backends } from '../../harness/flow/backend.ts'
import { differingPart } from '../../harness/gate/classes/differing/differing-part.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { changedSource } from '../faults/faulty-source.ts'
import { use } from '../helpers/use.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'
import { classesApart, restoreText, worldIn } from './worlds.ts'

const sandbox = use(t, await NamespaceSandbox.create())

const configs = [
  {
    config: {},
    podAnnotations: {
      'traffic.sidecar.istio.io/excludeInterfaces': 'net1,net2',
      'traffic.sidecar.istio.io/includeOutboundIPRanges': '203.0.113.0/24',
    },
  },
]

const istio = (id: string, change = (text: string) => text) => changedSource(id, '1.31', change, undefined, 'istio')

const compare = (before: (text: string) => string, after: (text: string) => string) =>
  gateOf(sandbox, {
    ...{ mesh: 'istio', configs, backends },
    baseline: istio('before', before),
    candidate: istio('after', after),
  })

const own = (text: string): string => text
const spared = '-A OUTPUT -o net2 -j RETURN\n'
const without = (text: string): string => text.replaceAll(spared, '')
const earlier = (text: string): string =>
  without(text).replaceAll(/^(?=-A OUTPUT -o net1 )/gm, '-A OUTPUT -o net2 -j RETURN\n')

t.test('who sends by an interface that one side spares is told apart, and the kernel shows it', async (t) => {
  const result = await compare(own, without)
  t.same(errorsOf(result), [])
  const changes = inWords(result)
  const plainest = changes.filter((line) => / TCP 203\.0\.113\.10:80, bound to net2: direct.* → dropped$/.test(line))
  t.equal(plainest.length, backends.length, changes.join('\n'))
  t.same(
    changes.filter((line) => !line.includes('bound to net2')),
    [],
    'and nobody else is',
  )
})

t.test('where in front of others a side spares it is no difference', async (t) => {
  const result = await compare(own, earlier)
  t.same([inWords(result), errorsOf(result)], [[], []])
  t.match(result.coverage.lines(0).join('\n'), /none apart/)
})

t.test('bound sockets are asked about where rules tell a device from others, and on request alone', async (t) => {
  const framesOf = (options: { bound?: boolean }, ...rules: readonly string[]): string[] => {
    const world = worldIn(restoreText('ipv4', '*filter', ...rules, 'COMMIT', ''))
    if (world === undefined) throw new Error('rules that cannot be read')
    const texts = spaceOf([world], options).map(({ frame }) => frameText(frame))
    return [...new Set(texts)].filter((text) => text.includes('tcp') && text.includes('bound to'))
  }
  const byNet1 = '-A OUTPUT -o net1 -j DROP'
  // One that is like eth0 to these rules, and is there for those that name them both.
  const devices = ['eth0', 'net1', 'net2'].map((device) => `ipv4 tcp pod bound to ${device}`)
  t.same(framesOf({}, byNet1), [])
  t.same(framesOf({ bound: true }, byNet1), devices)
  t.same(framesOf({ bound: true }, '-A INPUT -i net1 -j DROP'), devices, 'by which its answers come in')
  for (const rule of ['-A OUTPUT -d 203.0.113.0/24 -j DROP', '-A OUTPUT -o lo -j DROP', '-A FORWARD -o net1 -j DROP'])
    t.same(framesOf({ bound: true }, rule), [], rule)
})

t.test('what one chain does by device may count in the next one for some addresses alone', async (t) => {
  const worldOf = (...raw: readonly string[]) => {
    const nat = ['*nat', '-A OUTPUT -p tcp -d 203.0.113.0/24 -j REDIRECT --to-ports 15001', 'COMMIT']
    const world = worldIn(restoreText('ipv4', ...nat, '*raw', ...raw, 'COMMIT', ''))
    if (world === undefined) throw new Error('rules that cannot be read')
    return world
  }
  const worlds = [worldOf(), worldOf('-A OUTPUT -o net1 -j CT --notrack')] as const
  const part = differingPart(worlds, spaceOf(worlds, { families: ['ipv4'], bound: true }))
  const budget = { milliseconds: 20_000, classes: 4000 }
  const apart = [...classesApart(worlds, part, budget)].filter(({ why }) => why === 'apart')
  t.same([...new Set(apart.map(({ box }) => frameText(box.frame)))], ['ipv4 tcp pod bound to net1'])
})
