import t from 'tap'
import { loadRules } from '../../harness/iptables/load.ts'
import { missingChain } from '../../harness/iptables/missing-chain.ts'

const missing = (...rules: readonly string[]) => {
  const payload = ['*nat', ...rules, 'COMMIT', ''].join('\n')
  const { ruleset, failed } = loadRules([{ form: 'restore', family: 'ipv4', payload }], 'ipv4')
  return (failed ?? missingChain(ruleset))?.line
}

t.test('a jump to a chain that is not there', async (t) => {
  t.match(
    missing('-A OUTPUT -p tcp -j MESH_OUT'),
    /^line 2, column \d+: table nat has no chain MESH_OUT, and iptables no such target; declare it/,
  )
  t.match(missing('-A OUTPUT -j LATER', ':LATER - [0:0]'), /LATER/, 'nor one that is made further down')
})

t.test('chains that are there, and targets that are not known here', async (t) => {
  t.equal(missing(':MESH_OUT - [0:0]', '-A OUTPUT -p tcp -j MESH_OUT'), undefined)
  for (const target of ['LOG', 'NFLOG --nflog-group 1', 'TARPIT', 'SOMETHING --new 1'])
    t.equal(missing(`-A OUTPUT -p tcp -j ${target}`), undefined, target)
})
