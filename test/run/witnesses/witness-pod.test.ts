import t from 'tap'
import { families } from '../../../harness/core/address.ts'
import { backends } from '../../../harness/flow/backend.ts'
import type { ConcreteFlow } from '../../../harness/flow/flow.ts'
import type { MatchedRule } from '../../../harness/flow/matched-rule.ts'
import { namedCredentials } from '../../../harness/flow/identity.ts'
import type { PodPlan } from '../../../harness/flow/pod-plan.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'
import { answerLost } from '../../../harness/flow/verdict.ts'
import { findMesh } from '../../../harness/mesh/index.ts'
import { PodAddresses } from '../../../harness/run/plan/pod-addresses.ts'
import { planWitnesses, type Questions } from '../../../harness/run/witnesses/plan-witnesses.ts'
import { type Answers, WitnessPod } from '../../../harness/run/witnesses/witness-pod.ts'
import type { Pod } from '../../../harness/sandbox/pod.ts'
import { AlteredSandbox } from '../../sandbox/altered-sandbox.ts'
import { payload } from '../../sandbox/literal-pod.ts'
import { openSandbox } from '../../sandbox/open.ts'

const sandbox = await openSandbox(t)

const profile = { ...findMesh('osm').profile('1.2'), families }
const addresses = PodAddresses.of({ interfaces: ['net1'], inner: false, services: [], closed: [] })

const far = { ipv4: '203.0.113.9', ipv6: '2001:db8::9' } as const

const nat = (...rules: string[]): RuleText[] => [{ form: 'restore', family: 'ipv4', payload: payload({ nat: rules }) }]
const captured = nat('-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001')
const oneElsewhere = nat(
  '-A OUTPUT -d 203.0.113.7/32 -p tcp -m tcp --dport 7 -j RETURN',
  '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
)
/** TCP to one host at 400 ports, a datagram, an echo request, and what comes in. */
const flows: ConcreteFlow[] = [
  ...Array.from({ length: 400 }, (_, port) => from('pod', 'tcp', '203.0.113.7', port + 1)),
  from('pod', 'udp', '203.0.113.8', 53),
  from('pod', 'icmp', '203.0.113.9', 0),
  { ...from('pod', 'tcp', '2001:db8::7', 80), family: 'ipv6' },
  { ...from('pod', 'tcp', '203.0.113.7', 80), credentials: profile.proxy },
  { ...from('pod', 'tcp', '203.0.113.7', 81), source: { port: 999 } },
  { ...from('pod', 'tcp', '203.0.113.7', 82), source: { port: 999 } },
  { ...from('pod', 'tcp', '203.0.113.7', 83), source: { port: 998 } },
  from('peer', 'tcp', addresses.pod('net1', 'ipv4'), 8080),
]

function from(origin: 'pod' | 'peer', protocol: ConcreteFlow['protocol'], address: string, port: number): ConcreteFlow {
  const where = origin === 'pod' ? ({ kind: 'pod' } as const) : ({ kind: 'peer', interface: 'net1' } as const)
  return { credentials: namedCredentials.app, origin: where, protocol, family: 'ipv4', destination: { address, port } }
}

const question = (backend: (typeof backends)[number], ...worlds: RuleText[][]): Questions => ({
  flows,
  worlds,
  profile,
  addresses,
  backend,
})

const verdicts = ({ flows }: Answers): string[] =>
  flows.map(({ result }) => ('error' in result ? result.error : (result.observed.listener ?? result.observed.verdict)))

for (const backend of backends) {
  t.test(
    `hundreds of flows are sent through one pod, under one set of rules after another, by ${backend}`,
    async (t) => {
      await using pod = await WitnessPod.stand(
        sandbox,
        planWitnesses(question(backend, captured, oneElsewhere)),
        'a test',
      )
      const [first, second] = [await pod.ask(0), await pod.ask(1)]
      const rest = ['direct', 'direct', 'direct', 'direct', 'outbound', 'outbound', 'outbound', 'direct']
      const all = [...Array.from({ length: 400 }, () => 'outbound'), ...rest]
      t.same(verdicts(first), all)
      t.same(verdicts(second), all.with(6, 'direct'), 'the rules that are loaded last')
      for (const answers of [first, second]) {
        t.same(
          answers.flows.filter(({ isAsPredicted }) => !isAsPredicted),
          [],
          'model and kernel agree',
        )
      }
      t.equal(second.flows[6]?.decided.observed?.find(({ decides }) => decides)?.rule, 1)
      t.equal(first.flows[6]?.decided.observed?.find(({ decides }) => decides)?.target, 'REDIRECT')
      t.same(verdicts(await pod.ask(1, [6, 7])), ['direct', 'outbound'], 'only those that are asked for')
    },
  )
}

const sentBy = (port: number, flow: ConcreteFlow, uids: readonly number[]): ConcreteFlow[] =>
  uids.map((uid) => ({ ...flow, credentials: { uid, gid: uid, groups: [] }, source: { port } }))

t.test('flows from one port meet no connection of those before, nor half of one', async (t) => {
  const proxyOnly = (protocol: string): string =>
    `-A OUTPUT -p ${protocol} -m owner --uid-owner 1500 -j REDIRECT --to-ports 15001`
  // The proxy's answer is lost, and its socket half open.
  const lost = '-A OUTPUT -p tcp --sport 15001 --dport 4001 -j DROP'
  const rules: RuleText = {
    ...{ form: 'restore', family: 'ipv4' },
    payload: payload({ nat: ['tcp', 'udp'].map(proxyOnly), filter: [lost] }),
  }
  for (const [port, protocol, captured] of [
    [4000, 'tcp', 'outbound'],
    [4000, 'udp', 'outbound'],
    [4001, 'tcp', 'dropped'],
  ] as const) {
    const asked = sentBy(port, from('pod', protocol, '203.0.113.7', 9001), [1000, 1500, 1000])
    for (const backend of backends) {
      const planned = planWitnesses({ ...question(backend, [rules]), flows: asked })
      await using pod = await WitnessPod.stand(sandbox, planned, 'a test')
      const answers = await pod.ask(0)
      t.same(verdicts(answers), ['direct', captured, 'direct'], `${protocol} ${port} ${backend}`)
      t.ok(
        answers.flows.every(({ isAsPredicted }) => isAsPredicted),
        `${protocol} ${port} ${backend}: so says the model`,
      )
    }
  }
})

/** Knows which pods it has had. */
class NotingSandbox extends AlteredSandbox {
  readonly names: string[] = []

  override async stand(plan: PodPlan): Promise<Pod> {
    const pod = await super.stand(plan)
    this.names.push(pod.name)
    return pod
  }
}

/** Its answer is lost; a packet that a socket is there for is sent elsewhere. */
const halfOpen = families.map(
  (family): RuleText => ({
    form: 'restore',
    family,
    payload: payload({
      mangle: ['-A PREROUTING -p tcp -m socket -j MARK --set-mark 9'],
      nat: ['-A PREROUTING -p tcp -m mark --mark 9 -j REDIRECT --to-ports 9'],
      filter: ['-A OUTPUT -p tcp --sport 8080 -j DROP'],
    }),
  }),
)

for (const backend of backends)
  t.test(`no packet is taken for one of a connection that was half open before, by ${backend}`, async (t) => {
    const { uid } = namedCredentials.remote
    const asked = families.flatMap((family) =>
      sentBy(4001, { ...from('peer', 'tcp', addresses.pod('net1', family), 8080), family }, [uid, uid]),
    )
    const planned = planWitnesses({ ...question(backend, halfOpen, halfOpen), flows: asked })
    const noting = new NotingSandbox(sandbox, {})
    for (const time of ['first', 'second']) {
      await using pod = await WitnessPod.stand(noting, planned, 'a test')
      for (const world of [0, 1])
        t.same(verdicts(await pod.ask(world)), Array(4).fill('dropped'), `world ${world} of the ${time} time`)
    }
    t.equal(noting.names[0], noting.names[1], 'in one pod')
  })

t.test('where model and kernel disagree, that is told', async (t) => {
  const altered = new AlteredSandbox(sandbox, {
    result: (result) =>
      'observed' in result ? { ...result, observed: { ...result.observed, verdict: 'dropped' } } : result,
  })
  await using pod = await WitnessPod.stand(altered, planWitnesses(question('nft', captured)), 'a test')
  const { flows } = await pod.ask(0, [0])
  t.same(
    flows.map(({ isAsPredicted }) => isAsPredicted),
    [false],
  )
})

t.test('rules that the kernel refuses are not asked about', async (t) => {
  const refused = nat(
    '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
    '-A OUTPUT -m cgroup --path nowhere/at/all -j RETURN',
  )
  await using pod = await WitnessPod.stand(sandbox, planWitnesses(question('nft', captured, refused)), 'a test')
  await t.rejects(pod.ask(1), { fault: 'rules', message: /the rules are rejected/ })
  t.equal(verdicts(await pod.ask(0))[0], 'outbound', 'the pod can be asked again')
})

t.test('rules that act outside the pod are not loaded', async (t) => {
  const outside = nat('-A OUTPUT -j IDLETIMER --timeout 5 --label mine')
  const stood = WitnessPod.stand(sandbox, planWitnesses(question('nft', outside)), 'a test')
  await t.rejects(stood, { fault: 'input', message: /IDLETIMER is felt outside the pod/ })
})

for (const hides of [false, true])
  t.test(
    `ports that nat gives to connections may be those of other flows${hides ? ', of which the kernel says nothing' : ''}`,
    async (t) => {
      const masqueraded: RuleText = {
        form: 'restore',
        family: 'ipv4',
        payload: payload({
          // Then its table is read.
          raw: hides ? ['-A OUTPUT -p tcp -j CT --ctevents destroy'] : [],
          // Of a flow that nobody receives, only connection tracking knows whose it is.
          mangle: ['-A INPUT -p tcp --dport 15006 -j DROP'],
          nat: [
            '-A OUTPUT -p tcp --dport 9001 -j ACCEPT',
            '-A OUTPUT -p tcp --dport 9002 -j RETURN',
            '-A OUTPUT -p tcp --dport 9003 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
            '-A OUTPUT -p tcp --dport 9004 -j REDIRECT --to-ports 15006',
            // As `--random-fully` does by chance.
            '-A POSTROUTING -p tcp --dport 9001 -j MASQUERADE --to-ports 42002',
            '-A POSTROUTING -p tcp --dport 15001 -j MASQUERADE --to-ports 42001',
            '-A POSTROUTING -p tcp --dport 15006 -j MASQUERADE --to-ports 42003',
          ],
        }),
      }
      const asked = [9001, 9002, 9003, 9004].map((port, index) => ({
        ...from('pod', 'tcp', '203.0.113.7', port),
        source: { port: 42_001 + index },
      }))
      for (const backend of backends) {
        await using pod = await WitnessPod.stand(
          sandbox,
          planWitnesses({ ...question(backend, [masqueraded]), flows: asked }),
          'a test',
        )
        const answers = await pod.ask(0)
        t.same(verdicts(answers), ['direct', 'direct', 'outbound', 'dropped'], backend)
        t.same(
          answers.flows.map(({ isAsPredicted, decided }) => [isAsPredicted, decided.untraced]),
          asked.map(() => [true, undefined]),
          backend,
        )
        t.same(
          answers.flows.map(({ decided }) =>
            decided.observed
              ?.map(({ table, chain, rule }) => `${table} ${chain} ${rule}`)
              .filter((rule) => !rule.startsWith('raw')),
          ),
          [
            ['nat OUTPUT 1', 'nat POSTROUTING 1'],
            ['nat OUTPUT 2'],
            ['nat OUTPUT 3', 'nat POSTROUTING 2'],
            ['nat OUTPUT 4', 'nat POSTROUTING 3', 'mangle INPUT 1'],
          ],
          backend,
        )
      }
    },
  )

t.test('a port that nat gives to one connection is another one from the beginning, to the same end', async (t) => {
  const both = (rule: string): string[] => [`${rule}`.replace('PROTO', 'tcp'), `${rule}`.replace('PROTO', 'udp')]
  const rules: RuleText = {
    form: 'restore',
    family: 'ipv4',
    payload: payload({
      // Before nat an answer goes to the port that was given, after it to the one that its flow has.
      mangle: both('-A OUTPUT -p PROTO --sport 15001'),
      nat: [
        ...both('-A OUTPUT -p PROTO --dport 9001:9002 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'),
        // As `--random` does by chance.
        ...both('-A POSTROUTING -p PROTO --sport 42001 --dport 15001 -j MASQUERADE --to-ports 42004'),
        ...both('-A POSTROUTING -p PROTO --sport 42003 --dport 15001 -j MASQUERADE --to-ports 42001'),
        ...both('-A POSTROUTING -p PROTO --dport 9001 -j MASQUERADE --to-ports 42001'),
      ],
      filter: both('-A OUTPUT -p PROTO --sport 15001 -j DROP'),
    }),
  }
  const ends = [
    { uid: 1000, to: 9001 },
    { uid: 1500, to: 9001 },
    { uid: 1000, to: 9002 },
  ]
  for (const [place, protocol] of (['tcp', 'udp'] as const).entries()) {
    const asked = ends.map(({ uid, to }, index) => ({
      ...from('pod', protocol, '203.0.113.7', to),
      credentials: { uid, gid: uid, groups: [] },
      source: { port: 42_001 + index },
    }))
    for (const backend of backends) {
      const planned = planWitnesses({ ...question(backend, [rules]), flows: asked })
      await using pod = await WitnessPod.stand(sandbox, planned, 'a test')
      const { flows: witnessed } = await pod.ask(0)
      t.same(
        witnessed.map(({ decided }) =>
          decided.observed?.map(({ table, chain, rule }) => `${table} ${chain} ${rule}`).toSorted(),
        ),
        [
          [
            `filter OUTPUT ${1 + place}`,
            `mangle OUTPUT ${1 + place}`,
            `nat OUTPUT ${1 + place}`,
            `nat POSTROUTING ${1 + place}`,
          ],
          [`nat POSTROUTING ${5 + place}`],
          [
            `filter OUTPUT ${1 + place}`,
            `mangle OUTPUT ${1 + place}`,
            `nat OUTPUT ${1 + place}`,
            `nat POSTROUTING ${3 + place}`,
          ],
        ],
        `${protocol}, ${backend}`,
      )
      t.ok(
        witnessed.every(({ isAsPredicted }) => isAsPredicted),
        `${protocol}, ${backend}`,
      )
    }
  }
})

t.test('an echo request that nat gives another identifier is known by it', async (t) => {
  const asked = families.flatMap((family) =>
    (['pod', 'far'] as const).map((where) => ({
      ...from('pod', 'icmp', where === 'pod' ? addresses.pod('net1', family) : far[family], 0),
      family,
    })),
  )
  const rules = families.map((family): RuleText => {
    const [protocol, type] = family === 'ipv4' ? ['icmp', '--icmp-type 0'] : ['icmpv6', '--icmpv6-type 129']
    return {
      form: 'restore',
      family,
      payload: payload({
        mangle: [`-A OUTPUT -p ${protocol} ${type}`, `-A PREROUTING -p ${protocol} ${type}`],
        nat: [`-A POSTROUTING -p ${protocol} -j MASQUERADE --random-fully`],
        filter: [`-A INPUT -p ${protocol}`, `-A OUTPUT -p ${protocol} ${type}`],
      }),
    }
  })
  for (const backend of backends) {
    const planned = planWitnesses({ ...question(backend, []), worlds: [rules], flows: asked })
    await using pod = await WitnessPod.stand(sandbox, planned, 'a test')
    const { flows: witnessed } = await pod.ask(0)
    const away = ['nat POSTROUTING', 'answer mangle PREROUTING', 'answer filter INPUT']
    const own = ['nat POSTROUTING', 'filter INPUT', 'answer mangle OUTPUT', 'answer filter OUTPUT', ...away.slice(1)]
    for (const [index, { result }] of witnessed.entries()) {
      const traced = 'traced' in result && Array.isArray(result.traced) ? result.traced : []
      const met = traced.map(({ packet, table, hook }) => [...(packet ? [packet] : []), table, hook].join(' '))
      // iptables-legacy traces chains without rules, too.
      t.same(
        (index % 2 === 0 ? own : away).filter((each) => !met.includes(each)),
        [],
        `${backend}: ${met.join(', ')}`,
      )
    }
    t.ok(
      witnessed.every(({ isAsPredicted }) => isAsPredicted),
      backend,
    )
  }
})

t.test('where the model does not know whether an answer comes back, either is as it says', async (t) => {
  for (const flags of ['-m ttl --ttl-eq 64', '-m ttl --ttl-eq 63']) {
    const rules: RuleText = {
      form: 'restore',
      family: 'ipv4',
      payload: payload({ mangle: [`-A OUTPUT -p udp ${flags} -j DROP`] }),
    }
    const asked = { flows: [from('peer', 'udp', addresses.pod('net1', 'ipv4'), 8080)], worlds: [[rules]] }
    await using pod = await WitnessPod.stand(
      sandbox,
      planWitnesses({ ...asked, profile, addresses, backend: 'nft' }),
      'a test',
    )
    const [seen] = (await pod.ask(0)).flows
    t.match(seen?.result, { observed: { verdict: 'direct', answered: flags.endsWith('63') } })
    t.match(seen?.prediction, {
      predicted: { verdict: 'direct', answered: undefined },
      answerUnknown: { unknown: /--ttl-eq/ },
    })
    t.equal(seen?.isAsPredicted, true)
  }
})

t.test('an answer that is led to another listener is answered by nobody, or the two would never end', async (t) => {
  // In a zone of its own an answer begins something new, which nat leads to whoever listens there, and back.
  const rules: RuleText = {
    form: 'restore',
    family: 'ipv4',
    payload: payload({
      // Of its own first packet as well; what the answer matches behind nat is nobody's.
      raw: [
        '-A PREROUTING -i lo',
        ...['8080', '9053'].map((port) => `-A OUTPUT -p udp --sport ${port} -j CT --zone 2`),
      ],
      nat: ['-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 9053'],
    }),
  }
  const flow = { ...from('pod', 'udp', addresses.pod('eth0', 'ipv4'), 8080), source: { port: 53 } }
  await using pod = await WitnessPod.stand(
    sandbox,
    planWitnesses({ flows: [flow], worlds: [[rules]], profile, addresses, backend: 'nft' }),
    'a test',
  )
  const [seen] = (await pod.ask(0)).flows
  t.match(seen?.result, { observed: { verdict: 'direct', answeredBy: 'app', notes: [answerLost] } })
  t.equal(seen?.isAsPredicted, true)
  const places = (rules: readonly MatchedRule[] = []) =>
    rules.map(({ table, chain, rule }) => `${table} ${chain} ${rule}`)
  t.same(places(seen?.decided.observed), ['raw PREROUTING 1', 'raw OUTPUT 1', 'nat OUTPUT 1'])
  t.same(places(seen?.decided.predicted), ['raw PREROUTING 1', 'raw OUTPUT 1', 'nat OUTPUT 1'])
})
