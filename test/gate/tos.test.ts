import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { tosAsked } from '../../harness/classes/space/tos-asked.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { changedSource } from '../faults/faulty-source.ts'
import { use } from '../helpers/use.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'
import { restoreText, worldIn } from './worlds.ts'

const sandbox = use(t, await NamespaceSandbox.create())

const istio = (id: string, ...rules: readonly string[]) =>
  changedSource(
    id,
    '1.31',
    (text) => text.replace(/^(?=-A ISTIO_OUTPUT )/m, rules.map((rule) => `-A ISTIO_OUTPUT ${rule}\n`).join('')),
    undefined,
    'istio',
  )

const compare = (before: readonly string[], after: readonly string[]) =>
  gateOf(sandbox, { mesh: 'istio', baseline: istio('before', ...before), candidate: istio('after', ...after) })

t.test('who sets a DSCP that one side spares is told apart, and the kernel shows it', async (t) => {
  const result = await compare([], ['-p tcp -m dscp --dscp 46 -j RETURN'])
  t.same(errorsOf(result), [])
  const changes = inWords(result)
  t.match(changes.join('\n'), /TCP 203\.0\.113\.10:80, with DSCP 46: redirected to outbound.* → direct/)
  t.same(
    changes.filter((line) => !line.includes('with DSCP 46')),
    [],
    'and nobody else is',
  )
})

t.test('two texts of one DSCP are alike', async (t) => {
  const result = await compare(['-p tcp -m dscp --dscp 46 -j RETURN'], ['-p tcp -m tos --tos 0xb8/0xfc -j RETURN'])
  t.same([inWords(result), errorsOf(result)], [[], []])
  t.match(result.coverage.lines(0).join('\n'), /none apart/)
})

t.test('one flow for each answer, and of TCP none with ECN', async (t) => {
  const world = (...rules: readonly string[]) => {
    const found = worldIn(restoreText('ipv4', '*filter', ...rules, 'COMMIT', ''))
    if (found === undefined) throw new Error('rules that cannot be read')
    return found
  }
  t.same(tosAsked([world('-A OUTPUT -p tcp -j DROP')]), [])
  const asked = [world('-A OUTPUT -m dscp --dscp 46 -j DROP', '-A OUTPUT -m tos --tos 0x01/0x03 -j DROP')]
  t.same(
    tosAsked(asked).map(({ tos }) => tos),
    [0, 0xb8, 0x01, 0xb9],
  )
  const told = tosAsked(asked).flatMap(({ like }) => like)
  t.same(
    told.toSorted((one, other) => one - other),
    Array.from({ length: 256 }, (_, tos) => tos),
    'each is like one of them',
  )
  const frames = spaceOf(asked, { tos: true }).map(({ frame }) => `${frame.protocol} ${frame.tos}`)
  t.same(
    [...new Set(frames)],
    ['tcp 0', 'tcp 184', ...['udp', 'icmp'].flatMap((protocol) => [0, 184, 1, 185].map((tos) => `${protocol} ${tos}`))],
  )
  t.ok(
    spaceOf(asked).every(({ frame }) => frame.tos === undefined),
    'no flow says unless somebody wants it',
  )
})
