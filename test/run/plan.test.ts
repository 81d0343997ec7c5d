import t from 'tap'
import { makePlan } from '../../harness/run/plan/plan.ts'
import type { Plan } from '../../harness/run/checks/pod-job.ts'
import { app, as, istio, osm, proxy, remote, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import { options, osmProfile, source, type Said } from './options.ts'

const direct = app.tcp('203.0.113.10:80').isRedirected('outbound')
const plain = scenario('plain', { rules: osm(), flows: [direct] })
const istioPlain = scenario('plain', { rules: istio(), flows: [direct] })
const ports = scenario('excluded ports', {
  rules: osm({ outboundPortExclusionList: [80] }),
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})
const literal = scenario('literal', {
  rules: ruleText('osm', '*nat\nCOMMIT\n'),
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})
const old = scenario('old', { rules: osm(), releases: '<=0.11', flows: [direct] })

const plan = (rest: Said = {}): Plan => makePlan(options({ scenarios: [plain], ...rest }))
const ids = ({ jobs }: Plan): string[] => jobs.flatMap(({ checks }) => checks.map(({ id }) => id))

t.test('an id is made of mesh, file, scenario, flow, backend and family', async (t) => {
  t.same(ids(plan()), ['osm/plan.test/plain/app-tcp-203.0.113.10:80/nft/ipv4'])
})

t.test('each scenario once for each backend', async (t) => {
  const both = plan({ scenarios: [plain, ports], backends: ['nft', 'legacy'] })
  t.match(
    { ...both, jobs: both.jobs.map(({ scenario, backend }) => `${scenario.title} ${backend}`) },
    {
      jobs: ['plain nft', 'plain legacy', 'excluded ports nft', 'excluded ports legacy'],
      checks: 4,
      scenarios: 2,
      leftOut: 0,
    },
  )
})

t.test("a scenario's own timeout goes before that of the call", async (t) => {
  const short = scenario('short', { rules: osm(), timeout: 500, flows: [direct] })
  const timeouts = (said: Said) => plan({ scenarios: [plain, short], ...said }).jobs.map(({ timeout }) => timeout)
  t.same(timeouts({}), [undefined, 500])
  t.same(timeouts({ timeout: 9_000 }), [9_000, 500])
})

t.test('repeating counts', async (t) => t.equal(plan({ repeat: 3 }).checks, 3))

t.test("the newest built-in release in a scenario's range, or the one that is asked for", async (t) => {
  const releases = (rest: Said): string[] =>
    plan({ scenarios: [plain, old], ...rest }).jobs.map(({ profile }) => profile.release)
  t.same(releases({}), ['1.2', '0.11'])
  t.same(releases({ mesh: { name: 'osm' } }), ['1.2', '0.11'])
  t.same(releases({ mesh: { name: 'osm', release: '1.2' } }), ['1.2'])
  t.same(releases({ mesh: { name: 'osm', release: '0.11' } }), ['0.11', '0.11'])
})

t.test("promises and rules are chosen apart: the proxy's identity is the rules'", async (t) => {
  const profile = { ...osmProfile(), release: '0.7', proxy: { uid: 1337, gid: 0, groups: [] } }
  const scenarios = [scenario('proxy', { rules: osm(), flows: [proxy.tcp('203.0.113.10:80').isDirect()] })]
  const [job] = plan({ scenarios, source: source({ id: 'osm@0.7', profile: () => profile }) }).jobs
  t.equal(job?.profile.release, '1.2')
  t.equal(job?.source.id, 'osm@0.7')
  t.match(job?.checks[0]?.credentials, { uid: 1337 })
  t.match(plan({ scenarios }).jobs[0]?.checks[0]?.credentials, { uid: 1500 })
})

t.test('under --rules literal rules are left out, and what is not the config of a fixed source', async (t) => {
  const scenarios = [plain, ports, literal]
  t.match(plan({ scenarios, source: source() }), { scenarios: 2, leftOut: 1 })
  t.match(plan({ scenarios, source: source({ kind: 'fixed' }) }), {
    jobs: [{ scenario: { title: 'plain' } }],
    leftOut: 2,
  })
  t.match(plan({ scenarios, source: source({ kind: 'fixed' }), config: { outboundPortExclusionList: [80] } }), {
    jobs: [{ scenario: { title: 'excluded ports' } }],
    leftOut: 2,
  })
  t.match(plan({ scenarios }), { scenarios: 3, leftOut: 0 })
})

t.test('rules that are not built in are held to one release: the newest, or the one that is said', async (t) => {
  const scenarios = [plain, old]
  const titles = (rest: Said) =>
    plan({ scenarios, ...rest }).jobs.map(({ scenario: { title }, profile: { release } }) => `${title} ${release}`)
  t.same(titles({}), ['plain 1.2', 'old 0.11'])
  t.same(titles({ mesh: { name: 'osm' } }), ['plain 1.2', 'old 0.11'])
  t.same(titles({ source: source({ profile: () => osmProfile('0.11') }) }), ['plain 1.2', 'old 0.11'], 'built in')
  for (const kind of ['builder', 'fixed'] as const) {
    t.same(titles({ source: source({ kind }) }), ['plain 1.2'])
    t.same(titles({ source: source({ kind }), mesh: { name: 'osm' } }), ['plain 1.2'])
    t.same(titles({ source: source({ kind }), mesh: { name: 'osm', release: '0.11' } }), ['plain 0.11', 'old 0.11'])
  }
})

t.test('a literal is checked in its own family, a symbol in those of the scenario or the mesh', async (t) => {
  const flows = [remote.tcp('pod:8080').isDirect(), app.tcp('[2001:db8::1]:80').isDirect()]
  const families = (rest: object, chosen?: Said['families']): string[] =>
    ids(
      plan({
        scenarios: [scenario('families', { rules: osm(), flows, ...rest })],
        ...(chosen && { families: chosen }),
      }),
    ).map((id) => id.replace(/^.*families\//, ''))
  t.same(families({}), ['remote-tcp-pod:8080/nft/ipv4', 'app-tcp-[2001:db8::1]:80/nft/ipv6'])
  t.same(families({ families: ['ipv6'] }), ['remote-tcp-pod:8080/nft/ipv6', 'app-tcp-[2001:db8::1]:80/nft/ipv6'])
  t.same(families({ families: ['ipv4', 'ipv6'] }, ['ipv4']), ['remote-tcp-pod:8080/nft/ipv4'])
})

t.test('grep is matched against ids', async (t) => {
  const flows = [direct, as({ uid: 1499 }).tcp('203.0.113.10:80').isRedirected('outbound')]
  const scenarios = [scenario('two', { rules: osm(), flows })]
  t.same(ids(plan({ scenarios, grep: /1499/ })), ['osm/plan.test/two/1499:1499-tcp-203.0.113.10:80/nft/ipv4'])
  t.equal(plan({ scenarios: [plain, ports], grep: /excluded/, backends: ['nft', 'legacy'] }).scenarios, 1)
})

t.test('that rules are rejected is a check of its own', async (t) => {
  const rejected = scenario('rejected', {
    rules: ruleText('osm', ''),
    applies: { rejectedAt: 4, leaves: 'nothing' },
    flows: [app.tcp('203.0.113.10:80').isDirect()],
  })
  const [first, second] = plan({ scenarios: [rejected] }).jobs[0]?.checks ?? []
  t.match(first, {
    id: 'osm/plan.test/rejected/rules/nft/ipv4',
    expected: { applies: 'rejected', at: 4, leaves: 'nothing' },
  })
  t.match(second, { id: /app-tcp/ })
})

t.test('an id that repeats is refused with both places', async (t) => {
  const again = scenario('Plain!', { rules: osm(), flows: [direct] })
  t.throws(() => plan({ scenarios: [plain, again] }), {
    fault: 'input',
    message: /plan\.test\.ts:\d+: the check osm\/plan\.test\/plain\/.* is already at .*plan\.test\.ts:\d+/,
    hint: 'give one scenario another title',
  })
})

t.test('to select nothing is refused, and everything that selected is said', async (t) => {
  const none = (rest: Said, message: RegExp, hint = /the command list/) =>
    t.throws(() => plan(rest), { fault: 'input', message, hint })
  none({ grep: /nosuch/ }, /no check is selected \(1 scenario, --grep nosuch\)/)
  none({ families: ['ipv6'] }, /--family ipv6/)
  none({ scenarios: [old], mesh: { name: 'osm', release: '1.2' } }, /--mesh osm@1\.2/)
  none({ scenarios: [literal], source: source() }, /1 left out under --rules/)
  none({ scenarios: [] }, /0 scenarios/, /^scenario files end with \.ts, /)
})

t.test('a flow that no kernel sends is refused in its place, and all of them at once', async (t) => {
  const broadcast = app.udp('255.255.255.255:67').isDirect()
  const outward = app.tcp('203.0.113.10:80', { sourceAddress: '127.0.0.1' }).isDirect()
  const wrong = scenario('wrong', { rules: osm(), flows: [direct, broadcast, outward, remote.tcp('lo:80').isDirect()] })
  t.throws(() => plan({ scenarios: [wrong], backends: ['nft', 'legacy'] }), {
    fault: 'input',
    message: new RegExp(
      [
        `^\\S+plan\\.test\\.ts:${broadcast.location.line}: the destination 255\\.255\\.255\\.255 is a broadcast address.*`,
        `\\S+:${outward.location.line}: the source 127\\.0\\.0\\.1 is a loopback address.*`,
        `\\S+:\\d+: the destination 127\\.0\\.0\\.1 is a loopback address.*$`,
      ].join('\n'),
    ),
  })
})

t.test('scenarios whose proxy is not known under their config are refused together, each by its name', async (t) => {
  const unknown = (title: string, config: object) => scenario(title, { rules: istio(config), flows: [direct] })
  const scenarios = [
    unknown('first', { interceptionMode: 'TPROXY' }),
    unknown('second', { interceptionMode: 'TPROXY' }),
    plain,
  ]
  t.throws(() => plan({ scenarios, mesh: { name: 'istio', release: '1.5' } }), {
    message:
      /^.*plan\.test\.ts:\d+: scenario 'first', interceptionMode: .*\n.*plan\.test\.ts:\d+: scenario 'second', interceptionMode: .*$/,
    issues: { length: 2 },
  })
  const others = plan({
    scenarios: [...scenarios, istioPlain],
    mesh: { name: 'istio', release: '1.5' },
    grep: /\/plain\//,
  })
  t.equal(others.jobs.length, 1, 'whoever asks for others is not bothered')
})
