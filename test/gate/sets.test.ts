import t from 'tap'
import { capturedSource } from '../../harness/source/kinds/captured.ts'
import { openSandbox } from '../sandbox/open.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

const sandbox = await openSandbox(t)

/** Rules that spare what is in a set, as a capture has them. */
const sparing = (...members: readonly string[]) => {
  const text = [
    'create spared hash:net family inet hashsize 1024 maxelem 65536',
    ...members.map((member) => `add spared ${member}`),
    '*nat',
    '-A OUTPUT -p tcp -m set --match-set spared dst -j RETURN',
    '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
    'COMMIT',
    '',
  ].join('\n')
  return capturedSource(`file:${members.join()}`, 'rules', text, { family: 'ipv4' }, [])
}

const networks = ['192.0.2.0/24', '198.51.100.0/25', '203.0.113.64/26']

t.test('a member of a set that is gone is a change of behaviour, and another order of them is none', async (t) => {
  const gate = (...candidate: readonly string[]) =>
    gateOf(sandbox, { baseline: sparing(...networks), candidate: sparing(...candidate), families: ['ipv4'] })
  const [reordered, fewer] = [await gate(...networks.toReversed()), await gate(...networks.slice(0, 2))]
  t.same([inWords(reordered), errorsOf(reordered)], [[], []])
  t.same(errorsOf(fewer), [])
  t.match(inWords(fewer)[0], /TCP 203\.0\.113\.\d+:\d+: direct to the peer → redirected to outbound/)
  t.ok(
    inWords(fewer).every((line) => line.includes('203.0.113.')),
    'nothing else has changed',
  )
})
