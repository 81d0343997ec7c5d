import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import { foreignProxyWarning } from '../../harness/run/plan/foreign-proxy.ts'
import { osmProfile } from './options.ts'

function warning(
  rules: readonly string[],
  { family = 'ipv4', table = 'nat' }: { family?: Family; table?: string } = {},
) {
  const payload = [`*${table}`, ':A - [0:0]', ...rules, 'COMMIT', ''].join('\n')
  const { tree, failed } = loadRules([{ form: 'restore', family, payload }], family)
  if (failed !== undefined) throw failed
  return foreignProxyWarning([lower(tree)], osmProfile(), ['10.244.0.5'])
}

t.test('rules for the proxy that is there call for no warning', async (t) => {
  for (const rules of [
    [],
    ['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'],
    ['-A OUTPUT -m owner --uid-owner 1500 -j RETURN', '-A OUTPUT -m owner --uid-owner 0 -j RETURN'],
    ['-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'],
    ['-A OUTPUT -m owner --gid-owner 0 -j RETURN'],
    ['-A OUTPUT -m owner --uid-owner 1400-1600 -j RETURN'],
    ['-A OUTPUT -m owner --uid-owner 1337 -j A', '-A OUTPUT -m owner ! --uid-owner 1337 -j RETURN'],
    ['-A OUTPUT -p tcp -j REDIRECT'],
    [
      '-A OUTPUT -p tcp -j DNAT --to-destination 127.0.0.11:41879',
      '-A OUTPUT -p tcp -j DNAT --to-destination 192.0.2.1:80',
    ],
  ])
    t.equal(warning(rules), undefined, rules.join(' | '))
})

t.test('targets where the proxy does not listen, and owners that it is not', async (t) => {
  const warned: readonly [rules: readonly string[], line: string][] = [
    [
      ['-A OUTPUT -p tcp -j REDIRECT --to-ports 4140'],
      'warning: the rules redirect to 4140, which is no listener of that proxy',
    ],
    [
      [
        '-A PREROUTING -p tcp -j REDIRECT --to-ports 15006',
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 15010',
        '-A OUTPUT -m owner --uid-owner 1337 -j RETURN',
      ],
      'warning: the rules redirect to 15006 and 15010, which are no listeners of that proxy; they spare UID 1337, which it does not run as',
    ],
    [
      ['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001-15003'],
      'warning: the rules redirect to 15001-15003, which is no listener of that proxy',
    ],
    [
      ['-A OUTPUT -p tcp -j DNAT --to-destination 127.0.0.1:4140'],
      'warning: the rules redirect to 4140, which is no listener of that proxy',
    ],
    [
      ['-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.5:4143'],
      'warning: the rules redirect to 4143, which is no listener of that proxy',
    ],
    [
      ['-A OUTPUT -p tcp -m owner ! --uid-owner 5678 -j A', '-A OUTPUT -m owner --gid-owner 1337 -j ACCEPT'],
      'warning: the rules spare UID 5678 and GID 1337, which it does not run as',
    ],
    [
      [1, 2, 3, 4, 5, 6, 7].map((port) => `-A OUTPUT -p tcp -j REDIRECT --to-ports ${port}`),
      'warning: the rules redirect to 1, 2, 3, 4, 5 and 2 more, which are no listeners of that proxy',
    ],
  ]
  for (const [rules, line] of warned) t.equal(warning(rules), line, rules.join(' | '))
  t.equal(
    warning(['-A PREROUTING -p tcp -j TPROXY --on-port 15006 --tproxy-mark 0x539'], { table: 'mangle' }),
    'warning: the rules redirect to 15006, which is no listener of that proxy',
  )
})

t.test('a family for which the proxy has no listener', async (t) => {
  t.equal(
    warning(['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'], { family: 'ipv6' }),
    'warning: the rules redirect ipv6, where that proxy does not listen',
  )
})
