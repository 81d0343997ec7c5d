import t from 'tap'
import { reasonIn } from '../../../harness/agent/rules/apply.ts'
import type { Family } from '../../../harness/core/address.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'
import { loadForReal } from '../../iptables/real.ts'

const rule = '-A OUTPUT -p tcp --dport 80 -j ACCEPT'

t.test('what the kernel refuses iptables-nft tells in its second line', async (t) => {
  const name = 'iptables-nft-restore v1.8.9 (nf_tables):'
  t.equal(
    reasonIn(`${name} \nline 7: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT\n`, rule),
    `${name} line 7: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT`,
  )
  t.equal(
    reasonIn('iptables-restore v1.8.9 (legacy): unknown option "--x"\nError occurred at line: 2\nTry `x\'\n', rule),
    'iptables-restore v1.8.9 (legacy): unknown option "--x"',
  )
  t.equal(reasonIn(`${name} \n`, rule), `${name} `, 'or not at all')
  t.equal(reasonIn('', rule), 'rejected')
})

t.test('a rule that excludes all addresses is refused with a reason', async (t) => {
  const said = 'iptables-nft v1.8.9 (nf_tables):  RULE_INSERT failed (Invalid argument): rule in chain OUTPUT'
  for (const none of ['! -s 0.0.0.0/0', '! --destination ::/0', '! --src fd00::/::', '! -d 10.0.0.0/0.0.0.0'])
    t.match(reasonIn(said, `-I OUTPUT ${none} -j ACCEPT`), `; iptables-nft loads no rule with '${none}'`)
  for (const other of ['-s 0.0.0.0/0', '! -s 10.0.0.0/8', '! -d ::/08', '! -s 0.0.0.0/0.0.0.1'])
    t.equal(reasonIn(said, `-I OUTPUT ${other} -j ACCEPT`), said)
})

t.test('so it is by this iptables-nft, and iptables-legacy loads it', async (t) => {
  const texts = [
    ['ipv4', '! -s 0.0.0.0/0'],
    ['ipv4', '! -d 0.0.0.0/0'],
    ['ipv6', '! -s ::/0'],
    ['ipv6', '! -d ::/0'],
  ].map(([family, none]): RuleText & { none: string } => ({
    form: 'restore',
    family: family as Family,
    payload: `*filter\n-A OUTPUT ${none} -j ACCEPT\nCOMMIT\n`,
    none: none ?? '',
  }))
  for (const [index, said] of loadForReal(texts, 'nft').entries()) {
    const { none = '', payload = '' } = { ...texts[index] } as { none?: string; payload?: string }
    t.match(reasonIn(said, payload), `; iptables-nft loads no rule with '${none}'`)
  }
  for (const [index, said] of loadForReal(texts, 'legacy').entries())
    t.match(said, `-A OUTPUT ${texts[index]?.none} -j`)
})
