import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { behaviourOf } from '../../harness/findings/subject.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { examine } from '../../harness/repro/examine/examine.ts'
import { knownFamilies } from '../../harness/repro/examine/rulesets.ts'
import { becomingWords } from '../../harness/repro/table/fate-words.ts'
import { textSource } from '../../harness/source/rules/text.ts'
import { openSandbox } from '../sandbox/open.ts'
import { captures, chains, type Captured, examined, plain } from './examined.ts'

const sandbox = await openSandbox(t)

const shown: readonly [code: string, captured: Captured][] = [
  ['uid-bypasses-proxy', { nat: plain('-A ISTIO_OUTPUT -m owner --uid-owner 0 -j RETURN') }],
  ['mark-bypasses-proxy', { nat: plain('-A ISTIO_OUTPUT -m mark --mark 0x77 -j RETURN') }],
  ['source-port-bypasses-proxy', { nat: plain('-A ISTIO_OUTPUT -p tcp --sport 4444 -j RETURN') }],
  ['gid-bypasses-proxy', { nat: plain('-A ISTIO_OUTPUT -m owner --gid-owner 0-100 -j RETURN') }],
  ['others-bypass-proxy', { nat: plain('-A ISTIO_OUTPUT -m owner ! --gid-owner 0-100 -j RETURN') }],
  ['source-port-bypasses-proxy', { nat: ['-A PREROUTING -p tcp -m multiport --ports 81,444 -j RETURN', ...plain()] }],
  ['inbound-not-captured', { nat: ['-A PREROUTING -s 10.0.0.0/8 -j RETURN', ...plain()] }],
  ['outbound-not-captured', { nat: plain('-A ISTIO_OUTPUT -o eth1 -j RETURN') }],
  ['outbound-not-captured', { nat: plain('-A ISTIO_OUTPUT -p tcp ! --dport 1:1024 -j RETURN') }],
  ['outbound-not-captured', { nat: plain('-A ISTIO_OUTPUT ! -d 10.0.0.0/8 -j RETURN') }],
  ['capture-conditional', { nat: plain('-A ISTIO_OUTPUT -m ttl --ttl-lt 64 -j RETURN') }],
  ['outbound-not-captured', { nat: [...chains, ...captures.inbound] }],
  ['proxy-loops', { nat: [...chains, '-A OUTPUT -p tcp -j ISTIO_OUTPUT', captures.redirect] }],
  ['original-destination-lost', { nat: plain(), raw: ['-A OUTPUT -p tcp -j CT --zone 7'] }],
  [
    'capture-dies',
    {
      nat: [
        ...chains,
        ...captures.outbound,
        captures.redirect,
        '-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1:15006',
      ],
    },
  ],
]

t.test('what is about traffic is seen in the kernel, as the model says', async (t) => {
  for (const [code, captured] of shown) {
    const { findings, disagreements, notDriven } = await examined(captured, sandbox)
    const found = findings.find(({ kind }) => kind.code === code)
    t.ok(found?.shown?.isSeen, `${code} is seen`)
    t.same([disagreements, notDriven], [[], undefined], code)
  }
})

t.test('rules that no backend takes, or one alone', async (t) => {
  const refused = await examined(
    { nat: plain(), filter: [':LEFT - [0:0]', '-A LEFT -m cgroup --path nowhere/at/all -j ACCEPT'] },
    sandbox,
  )
  t.match(refused.notDriven, /the rules are rejected/)
  t.equal(refused.findings[0]?.kind.code, 'rules-rejected')
  t.equal(
    refused.findings.find(({ kind }) => kind.code === 'uid-bypasses-proxy')?.shown?.isSeen,
    false,
    'the model still says what it would do',
  )
  const { applied } = refused.subject
  t.same(
    Object.values(applied).map((result) => result.ok),
    [false, false],
  )
  const twin = await examined({ nat: plain(), filter: [':LEFT - [0:0]', '-A LEFT -j ACCEPT'] }, sandbox)
  t.same(
    twin.findings.filter(({ kind }) => kind.code === 'rules-rejected'),
    [],
    'without what they refuse both take them',
  )
})

t.test('rules that one backend alone takes', async (t) => {
  // nf_tables follows 16 jumps (NFT_JUMP_STACK_SIZE in include/net/netfilter/nf_tables.h), and x_tables any number.
  const nested = async (depth: number) => {
    const names = Array.from({ length: depth }, (_, index) => `NESTED${index}`)
    const jumps = names.map((name, index) => `-A ${names[index - 1] ?? 'OUTPUT'} -p tcp -j ${name}`)
    const { findings, subject, notDriven } = await examined(
      { nat: [...names.map((name) => `:${name} - [0:0]`), ...plain(), ...jumps] },
      sandbox,
    )
    const told = findings.filter(({ kind }) => kind.code === 'one-backend-only').map(({ what }) => what)
    return { tried: Object.keys(subject.applied).toSorted(), notDriven, told }
  }
  t.match(await nested(20), {
    tried: ['legacy', 'nft'],
    notDriven: /the rules are rejected/,
    told: [/^iptables-nft refuses the rules.*, and iptables-legacy takes them: /],
  })
  t.same(await nested(10), { tried: ['legacy', 'nft'], notDriven: undefined, told: [] })
})

t.test('where the machine may forward, a pod that drops it instead tells nothing', async (t) => {
  const captured = {
    nat: ['-A PREROUTING -p tcp -m tcp --dport 30080 -j DNAT --to-destination 192.0.2.77:8080', ...plain()],
  }
  const toldOf30080 = async (more: Partial<Captured>) => {
    const { subject, disagreements, driven } = await examined({ ...captured, ...more }, sandbox)
    t.same(disagreements, [])
    const answers = subject.answers.filter(({ flow }) => flow.origin.kind === 'peer' && flow.destination.port === 30080)
    t.ok(answers.length > 0)
    t.equal(driven, subject.answers.filter(({ result }) => result !== undefined).length)
    return [
      ...new Set(
        answers.map(
          (answer) => behaviourOf(answer)?.verdict ?? ('unknown' in answer.prediction && answer.prediction.unknown),
        ),
      ),
    ]
  }
  t.same(await toldOf30080({}), ['dropped'], 'a pod of ours forwards nothing')
  t.match(await toldOf30080({ mayForward: ['ipv4'] }), [/^192\.0\.2\.77 is nobody known here: /])
  t.same(await toldOf30080({ mayForward: ['ipv6'] }), ['dropped'])
  const chosen =
    '-A PREROUTING -p tcp -m tcp --dport 30080 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 192.0.2.78:80'
  const byChance = { nat: [chosen, ...captured.nat] }
  t.same(await toldOf30080(byChance), ['dropped'])
  t.match(
    await toldOf30080({ ...byChance, mayForward: ['ipv4'] }),
    [/statistic|chance|192\.0\.2/],
    'nor where nat leaves it to chance',
  )
})

t.test('rules that act outside the pod are not loaded', async (t) => {
  const { notDriven, driven } = await examined(
    { nat: plain('-A ISTIO_OUTPUT -j IDLETIMER --timeout 5 --label mine') },
    sandbox,
  )
  t.match(notDriven, /IDLETIMER is felt outside the pod/)
  t.equal(driven, 0)
})

t.test("a mesh's own rules have no warning, and model and kernel agree about all that they tell apart", async (t) => {
  for (const name of ['osm', 'istio']) {
    const mesh = findMesh(name)
    for (const release of mesh.releases) {
      const profile = mesh.profile(release)
      const request = {
        schema: 'sidetrack.config/1',
        mesh: name,
        config: {},
        podAnnotations: {},
        podIPs: ['10.244.0.5', 'fd00:10::5'],
      } as const
      const { build } = mesh as unknown as { build(release: string, request: object): string }
      const source = textSource(name, name, build(release, { ...request, family: 'ipv4' }))
      const texts = [await source.rules({ ...request, family: 'ipv4' })].filter((text) => text !== undefined)
      const question = {
        source: name,
        texts,
        families: knownFamilies(undefined),
        profile,
        podIPs: request.podIPs,
        backend: 'nft',
      } as const
      const { findings, disagreements } = await examine(
        { ...question, isBuilt: true, elsewhere: [], ended: [], isTabled: release === mesh.releases.at(-1) },
        sandbox,
      )
      t.same(
        findings.filter(({ severity }) => severity !== 'note').map(({ kind, what }) => `${kind.code}: ${what}`),
        [],
        `${name}@${release}`,
      )
      t.same(disagreements, [], `${name}@${release}`)
    }
  }
})

t.test('where rules leave it to chance the table has each way that it may go, whichever was seen', async (t) => {
  const { classes, disagreements, subject } = await examined(
    {
      nat: plain(
        '-A ISTIO_OUTPUT -p tcp --dport 7000 -m statistic --mode random --probability 0.25 -j RETURN',
        '-A ISTIO_OUTPUT -p tcp --dport 7001 -m statistic --mode nth --every 3 --packet 0 -j RETURN',
        '-A ISTIO_OUTPUT -p tcp --dport 7002 -j DNAT --to-destination 192.0.2.1-192.0.2.2:80 --random',
      ),
      filter: [
        '-A OUTPUT -p udp --dport 7003 -m statistic --mode random --probability 0.5 -j DROP',
        // What connection tracking keeps of a connection is asked of each of its packets.
        '-A OUTPUT -p icmp -m conntrack --ctstatus SEEN_REPLY -j DROP',
        '-A INPUT -p tcp --dport 7004 -m conntrack ! --ctstatus CONFIRMED -j DROP',
        '-A OUTPUT -p tcp --dport 7005 -m conntrack --ctstatus ASSURED -j DROP',
        '-A INPUT -p udp -m conntrack --ctstatus SEEN_REPLY,ASSURED -j DROP',
      ],
      isTabled: true,
    },
    sandbox,
  )
  t.same(disagreements, [])
  const ports = new Map([['outbound', { port: 15_001, needsDestination: true }]])
  const told = classes.told.map((each) => becomingWords(each, ports))
  for (const words of [
    "by chance direct (one in 4), or proxy's outbound (15001) (75 %)",
    "by chance direct (one in 3), or proxy's outbound (15001) (66.7 %)",
    'by chance to 192.0.2.1:80 (one in 2), or to 192.0.2.2:80 (one in 2)',
  ])
    t.ok(told.includes(words), words)
  t.ok(
    told.some((words) => words.startsWith('left to chance, such as: ')),
    'each packet is asked in filter',
  )
  const rules = classes.told.flatMap(({ chances, rule }) => (chances === undefined ? [] : [rule?.text]))
  t.ok(
    rules.every((text) => /statistic|--random/.test(text ?? '')),
    'the rule that leaves it to chance',
  )
  t.notOk(subject.answers.some((answer) => answer.chances !== undefined && behaviourOf(answer) !== undefined))
})

t.test('a drawn source port is each of its range, and flows from few ports have one each', async (t) => {
  const { classes, disagreements } = await examined(
    {
      nat: [
        '-A OUTPUT -p tcp --dport 7000 -m owner ! --uid-owner 1337 -j ACCEPT',
        '-A POSTROUTING -o lo -p tcp --dport 8080 -j MASQUERADE --random',
      ],
      filter: ['-A INPUT -p tcp --sport 1024:33279 --dport 8080 -j REJECT'],
      isTabled: true,
    },
    sandbox,
  )
  t.same(disagreements, [])
  const told = classes.told.map((each) => becomingWords(each, new Map()))
  t.ok(told.includes('by chance refused (one in 2), or direct (one in 2)'), told.join('; '))
  // A connection's remains decide what becomes of the next one with the same ends.
  const ports = classes.classes.flatMap(({ witness: { source } }) => source?.port ?? [])
  t.ok(ports.length > 3)
  t.equal(new Set(ports).size, ports.length, ports.join())
})

t.test('a pod listens where its capture does: by whom, on which address, of which family', async (t) => {
  const socket = (address: string, port: number, protocol: 'tcp' | 'udp' = 'tcp') => ({ protocol, address, port })
  const { classes, disagreements, findings, driven } = await examined(
    {
      nat: plain('-A ISTIO_OUTPUT -p tcp --dport 7005 -j RETURN'),
      // The proxy has no listener of IPv6.
      ipv6: { filter: ['-A INPUT -p tcp --dport 7009 -j ACCEPT'] },
      listeners: [
        ...[15_001, 15_006].map((port) => socket('*', port)),
        { ...socket('0.0.0.0', 7005), uid: 1337 },
        ...[socket('127.0.0.1', 9090), socket('10.244.0.5', 9091), socket('::', 7007), socket('0.0.0.0', 53, 'udp')],
        { ...socket('::', 7008), isIPv6Alone: true as const },
      ],
      isTabled: true,
    },
    sandbox,
  )
  t.same(disagreements, [])
  t.ok(driven > 50)
  t.notOk(findings.some(({ kind }) => /listener-missing|redirect-to-nobody/.test(kind.code)))
  /** What becomes of what a peer sends to a port. */
  const inbound = (family: Family, protocol: string, port: number): string[] =>
    classes.told
      .filter(
        ({ box: { frame, in: sets } }) =>
          frame.family === family &&
          frame.protocol === protocol &&
          frame.origin.kind === 'peer' &&
          sets.dport?.contains(port) === true,
      )
      .map((each) => becomingWords(each, new Map()))
  for (const [family, protocol, port, end] of [
    ['ipv4', 'tcp', 80, /, then refused$/],
    ['ipv4', 'tcp', 7005, /^proxy's inbound \(15006\)$/],
    ['ipv6', 'tcp', 7005, /^refused$/],
    ['ipv4', 'tcp', 9090, /, then refused$/],
    ['ipv4', 'tcp', 9091, /^proxy's inbound \(15006\)$/],
    ['ipv6', 'tcp', 7007, /^direct$/],
    ['ipv4', 'tcp', 7008, /, then refused$/],
    ['ipv6', 'tcp', 7008, /^direct$/],
    ['ipv4', 'udp', 53, /^direct$/],
    ['ipv6', 'udp', 53, /^refused$/],
    ['ipv4', 'udp', 54, /^refused$/],
  ] as const) {
    const told = inbound(family, protocol, port)
    t.ok(told.length > 0 && told.every((words) => end.test(words)), `${family} ${protocol} ${port}: ${told.join('; ')}`)
  }
})
