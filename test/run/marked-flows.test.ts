import t from 'tap'
import { run } from '../../harness/run/schedule/run.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { makePlan } from '../../harness/run/plan/plan.ts'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { podRules } from '../../harness/run/plan/pod-rules.ts'
import { routingBeside } from '../../harness/run/plan/policy-routing.ts'
import { app, as, istio, proxy, remote, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import { openSandbox } from '../sandbox/open.ts'
import { Heard, options } from './options.ts'

const sandbox = await openSandbox(t)
const rules = ruleText(
  'osm',
  [
    '*nat',
    '-A OUTPUT -p tcp -m mark --mark 1337 -j RETURN',
    '-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 80',
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    'COMMIT',
    '',
  ].join('\n'),
)

t.test(
  'a flow may be marked, and come from an address that is not there; a journey tells whom the last receiver sees',
  async (t) => {
    const told = new Heard()
    const right = scenario('right', {
      rules,
      flows: [
        app.tcp('pod:80').isTranslated('lo:80'),
        app.tcp('pod:80', { mark: 1337 }).isDirect(),
        proxy.tcp('pod:80', { mark: 1337 }).isDirect(),
        as({ uid: 7 }).udp('pod:80', { mark: 1338 }).isDirect(),
        app.tcp('pod:80', { mark: 1337, sourceAddress: '203.0.113.9', transparent: true }).isDropped(),
        remote.tcp('pod:80').isRedirected('inbound', { then: ['app'], source: '127.0.0.1' }),
      ],
    })
    const wrong = scenario('wrong', {
      rules,
      flows: [remote.tcp('pod:80').isRedirected('inbound', { source: 'client' })],
    })
    await run(options({ sandbox, scenarios: [right, wrong], backends: ['nft', 'legacy'] }), told.listen)
    const failed = told.results.filter(({ status }) => status !== 'passed')
    t.same(
      failed.map(({ check, reason }) => [check.scenario.title, reason]),
      [1, 2].map(() => ['wrong', 'whom the last receiver sees as its client should be 10.244.0.1, but is 127.0.0.1']),
    )
    for (const { check, observed, predicted } of told.results)
      t.match(predicted, { verdict: observed?.verdict }, `${check.id}: the model says so, too`)
  },
)

t.test('policy routing goes with the rules, but where a scenario leaves it out', async (t) => {
  const planned = async (more: object) => {
    const made = scenario('s', {
      rules: istio({ interceptionMode: 'TPROXY' }),
      ...more,
      flows: [app.tcp('pod:80').isDirect()],
    })
    const [job] = makePlan(options({ scenarios: [made] })).jobs
    if (job === undefined) throw new Error('no job')
    const addresses = PodAddresses.of(made)
    return planJob(job, addresses, await podRules(job, addresses)).routing
  }
  t.match(await planned({}), { rules: [{ fwmark: 1337, table: 133 }], routes: [{ table: 133, type: 'local' }] })
  t.equal(await planned({ withoutRouting: true }), undefined)
})

t.test("a text's own policy routing stands in place of its mesh's", async (t) => {
  const rule = { family: 'ipv4', fwmark: 7, table: 7 } as const
  const text: RuleText = {
    form: 'restore',
    family: 'ipv4',
    payload: '',
    routing: { rules: [rule], routes: [], loopbackAddresses: [] },
  }
  const mesh = { rules: [{ ...rule, fwmark: 8 }], routes: [], loopbackAddresses: ['::6'] }
  t.same(routingBeside([text], mesh), { rules: [rule], routes: [], loopbackAddresses: ['::6'] })
  t.same(routingBeside([{ form: 'restore', family: 'ipv4', payload: '' }], mesh), mesh)
})

t.test('a flow may have a DSCP, from the pod and from outside', async (t) => {
  const asked = '-p tcp -m dscp --dscp-class EF'
  const nat = [
    `-A OUTPUT ${asked} -j REDIRECT --to-ports 15001`,
    `-A PREROUTING ${asked} -j RETURN`,
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
  ]
  const told = new Heard()
  const own = scenario('own', {
    rules: ruleText('osm', ['*nat', ...nat, 'COMMIT', ''].join('\n')),
    flows: [
      app.tcp('203.0.113.10:80', { tos: 0xb8 }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { tos: 0xb4 }).isDirect(),
      remote.tcp('pod:80', { tos: 0xb8 }).isDirect(),
      remote.tcp('pod:80', { tos: 0x28 }).isRedirected('inbound'),
    ],
  })
  await run(options({ sandbox, scenarios: [own], backends: ['nft', 'legacy'] }), told.listen)
  t.ok(told.results.length > 5, `${told.results.length} checks`)
  t.same(
    told.results.filter(({ status }) => status !== 'passed').map(({ check, reason }) => [check.id, reason]),
    [],
  )
})
