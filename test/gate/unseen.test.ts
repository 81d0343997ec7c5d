import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { formatFlags } from '../../harness/core/tcp-flags.ts'
import { classBudget, compareWorlds } from '../../harness/gate/classes/compare.ts'
import { restoreText, worldIn } from './worlds.ts'

/** Which flows from a peer show that two rulesets differ. */
function shownBy(before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [before, after].map((rules) => worldIn(restoreText('ipv4', ...rules)))
  if (was === undefined || is === undefined) throw new TypeError('rules that can be read')
  const space = spaceOf([was, is], {
    families: ['ipv4'],
    origins: [{ kind: 'peer', interface: 'eth0' }],
    segments: true,
  })
  const { witnesses } = compareWorlds([was, is], space, classBudget).compared
  return witnesses
    .filter(({ flow }) => flow.protocol === 'tcp')
    .map(({ flow, range = '' }) => `${flow.raw === undefined ? 'a connection' : formatFlags(flow.raw)} ${range}`)
}

const nat = (...rules: readonly string[]): string[] => ['*nat', ...rules, 'COMMIT', '']
const filter = (...rules: readonly string[]): string[] => ['*filter', ...rules, 'COMMIT', '']
const source = '-A INPUT -p tcp --dport 80 -j SNAT --to-source 10.244.0.9'
const [inwards, outwards] = ['-A INPUT -p tcp --dport 80 -j DROP', '-A OUTPUT -p tcp -j REJECT']

t.test('what nobody sees of connections, lone segments show: nothing answers them', async (t) => {
  t.match(shownBy(nat(source), nat()), [/^a connection .*port 80/], 'it is seen where the answer comes back')
  t.match(shownBy([...nat(source), ...filter(outwards)], filter(outwards)), [/^ACK .*port 80/])
  t.match(shownBy(filter(inwards, outwards), filter(outwards)), [/^ACK .*port 80/], 'on which way it is lost')
})

t.test('but for what no segment shows either', async (t) => {
  const closed = '-A PREROUTING -p tcp -j DROP'
  t.same(shownBy(['*raw', closed, 'COMMIT', '', ...nat(source)], ['*raw', closed, 'COMMIT', '', ...nat()]), [])
})
