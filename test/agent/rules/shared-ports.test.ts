import t from 'tap'
import { sharePorts } from '../../../harness/agent/rules/shared-ports.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'

const share = (...targets: readonly string[]): boolean =>
  sharePorts([
    { form: 'restore', family: 'ipv4', payload: targets.map((own) => `-A POSTROUTING -j ${own}\n`).join('') },
  ])
const command = (...argv: string[]): RuleText => ({ form: 'commands', family: 'ipv4', commands: [{ argv, line: 1 }] })

t.test('whether flows may come from one port', async (t) => {
  const few = [
    'SNAT --to-source 10.244.0.9:4000',
    'SNAT --to-source 10.244.0.8-10.244.0.9:4000-4100',
    'SNAT --random --to=:4000',
    'SNAT --to-source "[fd00::9]:4000"',
    'SNAT --to-source [fd00::8]-[fd00::9]:4000-5000',
    'MASQUERADE --to-ports 4000',
    'MASQUERADE --random --to-ports 1-1000',
  ]
  for (const target of few) t.ok(share('ACCEPT', target), target)
  t.ok(sharePorts([command('-t', 'nat', '-A', 'POSTROUTING', '-j', 'SNAT', '--to-source', '10.244.0.9:4000')]))
  const others = [
    'SNAT --to-source 10.244.0.9',
    'SNAT --to-source fd00::9:4000',
    'SNAT --to-source 10.244.0.9:1024-65535',
    'MASQUERADE --random',
    'REDIRECT --to-ports 15001',
    'DNAT --to-destination 10.244.0.9:4000',
  ]
  for (const target of others) t.notOk(share(target, 'MASQUERADE', 'ACCEPT'), target)
})
