import t from 'tap'
import { zonesOf } from '../../../harness/agent/rules/zones.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'

const restore = (payload: string): RuleText => ({ form: 'restore', family: 'ipv4', payload }) as RuleText
const command = (...argv: string[]): RuleText =>
  ({ form: 'commands', family: 'ipv4', commands: [{ argv, line: 1 }] }) as RuleText

t.test('the zones that rules put packets into', async (t) => {
  t.same(zonesOf([]), [])
  t.same(zonesOf([restore('*nat\n-A OUTPUT -j REDIRECT --to-ports 15001\nCOMMIT\n')]), [])
  const istio = restore(
    '*raw\n-A OUTPUT -p udp -j CT --zone 1\n-A PREROUTING -j CT --zone-orig=2\n-A X -j CT --zone 1\nCOMMIT\n',
  )
  t.same(zonesOf([istio, command('-t', 'raw', '-A', 'OUTPUT', '-j', 'CT', '--zone-reply', '7')]), [1, 2, 7])
  t.same(zonesOf([command('-t', 'raw', '-A', 'OUTPUT', '-j', 'CT', '--zone', '0')]), [], 'the common one')
})

t.test('where they cannot be told, all are looked in', async (t) => {
  for (const words of [
    '--zone mark',
    '--zone-orig mark',
    '--zone 0x10',
    '--zone 010',
    '--zone-o 1,2',
    '"--zo" 5',
    '"-\\-zone" mark',
  ])
    t.equal(zonesOf([restore(`*raw\n-A OUTPUT -j CT ${words}\nCOMMIT\n`)]), undefined, words)
})
