import t from 'tap'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { portsNamedBy } from '../../harness/run/plan/named-ports.ts'

const restore = (...lines: string[]): RuleText => ({
  form: 'restore',
  family: 'ipv4',
  payload: ['*nat', ...lines, 'COMMIT', ''].join('\n'),
})
const named = (text: RuleText): string[] =>
  portsNamedBy(text).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
const inRules = (...lines: string[]): string[] => named(restore(...lines))

t.test('what rules ask for, on either side', async (t) => {
  t.same(inRules('-A OUTPUT -p tcp --dport 20000', '-A OUTPUT -p udp ! --sport 1024:2000'), ['20000', '1024-2000'])
  t.same(
    inRules('-A OUTPUT -p tcp -m multiport --dports 80,443,7000:7010', '-A OUTPUT -p udp -m multiport --ports 53'),
    ['80', '443', '7000-7010', '53'],
  )
  t.same(inRules('-A OUTPUT -p tcp --dport 80', '-A OUTPUT -p udp --dport 80'), ['80'], 'each once')
})

t.test('what rules translate to', async (t) => {
  t.same(
    inRules('-A OUTPUT -p tcp -j REDIRECT --to-ports 20000', '-A OUTPUT -p udp -j REDIRECT --to-ports 30000-30010'),
    ['20000', '30000-30010'],
  )
  t.same(
    inRules(
      '-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.9:40000',
      '-A POSTROUTING -p tcp -j MASQUERADE --to-ports 50000-50010',
    ),
    ['40000', '50000-50010'],
  )
  t.same(inRules('-A POSTROUTING -p tcp -j SNAT --to-source 203.0.113.9:40000-40010'), ['40000-40010'])
  const mangle: RuleText = {
    form: 'commands',
    family: 'ipv4',
    commands: [{ argv: '-t mangle -A PREROUTING -p tcp -j TPROXY --on-port 15006'.split(' '), line: 1 }],
  }
  t.same(named(mangle), ['15006'])
})

t.test('what a module that is not known here may mean by its values', async (t) => {
  t.same(inRules('-A OUTPUT -p tcp -m conntrack --ctorigdstport 40000:40010 -j RETURN'), ['40000-40010'])
  t.same(inRules('-A OUTPUT -p tcp -m nosuch --where 41000 --until 10.0.0.1:42000-42010'), ['41000', '42000-42010'])
})

t.test('nothing that is no port', async (t) => {
  t.same(
    inRules(
      '-A OUTPUT -d 203.0.113.10/32 -m owner --uid-owner 20000-40000 -m comment --comment "33000" -j ACCEPT',
      '-A OUTPUT -m mark --mark 40000 -j RETURN',
    ),
    [],
  )
})

t.test('where the text as a whole cannot be read, every word that could be one', async (t) => {
  t.same(
    inRules(
      '-A OUTPUT -p tcp --dport 40000 --nonsense=41000:41005 -j REDIRECT --to-ports 42000',
      '-A X -d 10.0.0.1/24 --x 70000',
    ),
    ['40000', '41000-41005', '42000'],
  )
})
