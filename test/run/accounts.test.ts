import t from 'tap'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { accountsOf } from '../../harness/iptables/ruleset/account-names.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { app, as, root, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import { openSandbox } from '../sandbox/open.ts'
import { inWords } from '../model/difference.ts'
import { Heard, options } from './options.ts'

const sandbox = await openSandbox(t)

const nat = (...rules: string[]): string => `*nat\n${rules.map((rule) => `-A OUTPUT ${rule}\n`).join('')}COMMIT\n`
const loaded = (payload: string) => loadRules([{ form: 'restore', family: 'ipv4', payload }], 'ipv4').tree

t.test('a name stands for the number that iptables prints in its place', async (t) => {
  const learnt = (rules: string, printed: string) => {
    const { uid, gid } = accountsOf({ ipv4: loaded(rules), ipv6: loaded('') }, { ipv4: printed, ipv6: '' })
    return { uid: Object.fromEntries(uid), gid: Object.fromEntries(gid) }
  }
  const rules = nat('-p tcp -j RETURN', '-m owner ! --uid-owner envoy --gid-owner mesh --suppl-groups -j RETURN')
  const printed = nat('-p tcp -j RETURN', '-m owner ! --uid-owner 107 --gid-owner 111 --suppl-groups -j RETURN')
  t.same(learnt(rules, printed), { uid: { root: 0, envoy: 107 }, gid: { root: 0, mesh: 111 } })
  t.same(
    learnt(rules, nat('-p tcp -j RETURN')),
    { uid: { root: 0 }, gid: { root: 0 } },
    'other rules than those say nothing',
  )
  t.same(
    learnt(rules, '*nat\n-A OUTPUT --odd\nCOMMIT\n'),
    { uid: { root: 0 }, gid: { root: 0 } },
    'nor do rules that nobody can read',
  )
  t.same(
    learnt(nat('-m owner --uid-owner root'), nat('-m owner --uid-owner 5')).uid,
    { root: 5 },
    'what is printed is so',
  )
})

t.test('what is driven is foreseen, whoever the rules name', async (t) => {
  const redirects = (asked: string) => ruleText('osm', nat(`-p tcp -m owner ${asked} -j REDIRECT --to-ports 15001`))
  const daemon = as({ uid: 1, gid: 1, groups: [] })
  const to = '203.0.113.10:80'
  const scenarios = [
    scenario('root', {
      rules: redirects('--uid-owner root'),
      flows: [root.tcp(to).isRedirected('outbound'), app.tcp(to).isDirect()],
    }),
    scenario('no root', {
      rules: redirects('! --gid-owner root'),
      flows: [root.tcp(to).isDirect(), app.tcp(to).isRedirected('outbound')],
    }),
    scenario('daemon', {
      rules: redirects('--uid-owner daemon'),
      flows: [daemon.tcp(to).isRedirected('outbound'), app.tcp(to).isDirect()],
    }),
  ]
  const heard = new Heard()
  await run(options({ scenarios, backends: ['nft', 'legacy'], sandbox }), heard.listen)
  t.equal(heard.results.length, 12)
  for (const { check, observed, predicted, decidedBy } of heard.results) {
    const said = predicted && ('unknown' in predicted ? predicted.unknown : inWords(predicted))
    t.equal(said, observed && inWords(observed), check.id)
    t.equal(decidedBy?.divergesAt, undefined)
  }
})
