import t from 'tap'
import { formatIssue } from '../../harness/core/errors.ts'
import { inputProblems } from '../../harness/run/plan/input-problems.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { app, istio, osm, remote, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import type { MeshRules } from '../../harness/mesh/rules.ts'

const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
const made = (title: string, rules: MeshRules, rest: object = {}) => scenario(title, { rules, flows, ...rest })

/** What is wrong with scenarios, without the place. */
async function problems(...scenarios: ReturnType<typeof scenario>[]): Promise<string[]> {
  const found = await inputProblems(planJobs({ scenarios, backends: ['nft', 'legacy'] }).jobs)
  for (const { file, line } of found) t.match(`${file}:${line}`, /input-problems\.test\.ts:\d+$/)
  return found.map((issue) =>
    formatIssue({ file: '', what: issue.what, ...(issue.hint && { hint: issue.hint }) }, '').slice(2),
  )
}

t.test('nothing is wrong with what fits, nor with a rule that iptables would refuse', async (t) => {
  t.same(await problems(made('a', osm()), made('b', ruleText('osm', '*nat\n-A NOWHERE -j ACCEPT\nCOMMIT\n'))), [])
})

t.test(
  'what only the mesh or a reader of rules can say is said of every scenario, once for all backends',
  async (t) => {
    const found = await problems(
      made('field', osm({ outboundPortExclusionlist: [1] } as never)),
      made('value', osm({ outboundPortExclusionList: [70_000] })),
      made('old value', osm({ outboundPortExclusionList: [0] }), { releases: '<=0.11' }),
      made('text', ruleText('osm', 'nonsense here')),
      made('right', osm()),
      made(
        'huge',
        ruleText('osm', `*nat\n-A OUTPUT -m comment --comment "${'x'.repeat(10_000_000)}" -j ACCEPT\nCOMMIT\n`),
      ),
    )
    t.match(found, [
      /^scenario 'field', rules: outboundPortExclusionlist: .* no such field .* did you mean outboundPortExclusionList\?$/,
      /^scenario 'value', rules: outboundPortExclusionList: 70000 is not a port/,
      /^scenario 'old value', rules: outboundPortExclusionList: 0 is not a port/,
      /^scenario 'text', rules: line 1, column 1: "nonsense"/,
      /^scenario 'huge', rules: /,
    ])
  },
)

t.test('a source address of another family than the flow could not be sent from', async (t) => {
  const bound = app.tcp('peer:80', { sourceAddress: 'fd00:10::5' }).isDirect()
  t.match(await problems(made('both', osm(), { flows: [bound], families: ['ipv4', 'ipv6'] })), [
    /^app-tcp-peer:80-from-fd00:10::5: goes over ipv4, and fd00:10::5 is no address of it; write a destination/,
  ])
  t.same(await problems(made('one', osm(), { flows: [bound], families: ['ipv6'] })), [])
})

t.test(
  'a listener that its mesh does not have in this release, or under this config, could never be met',
  async (t) => {
    const dns = app.udp('10.96.0.10:53').isRedirected('dns', { then: ['peer'] })
    const health = remote.tcp('pod:15021').isDirect({ answeredBy: 'envoy-health' })
    const asks = (title: string, config: object, releases: string, expected: typeof dns | typeof health) =>
      scenario(title, { rules: istio(config), releases, flows: [expected] })
    t.match(await problems(asks('no DNS', {}, '1.31', dns), asks('old', {}, '1.5', health)), [
      /^scenario 'no DNS', Istio 1\.31 has no listener 'dns' under this config; write one of outbound, inbound$/,
      /^scenario 'old', Istio 1\.5 has no listener 'envoy-health' under this config; write one of /,
    ])
    const captured = { dnsServers: ['10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }
    t.same(await problems(asks('DNS', captured, '1.31', dns), asks('newer', {}, '1.17', health)), [])
  },
)

t.test('all that is wrong with a config is said, a line each', async (t) => {
  const config = { statusPort: 70_000, cni: 'yes' } as never
  t.match(await problems(scenario('twice', { rules: istio(config), flows })), [
    /^scenario 'twice', rules: statusPort: /,
    /^scenario 'twice', rules: cni: /,
  ])
})
