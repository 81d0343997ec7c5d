import t from 'tap'
import { catalogue } from '../../harness/findings/find-all.ts'
import type { Severity } from '../../harness/findings/finding.ts'
import { captures, chains, type Captured, examined, plain } from './examined.ts'

/** What has it, with the severity that it has there, and what is like that but for it. */
interface Case {
  has: Captured
  severity?: Severity
  hasNot: Captured
}

const nat = (...inserted: string[]): Captured => ({ nat: plain(...inserted) })
const fifteen = Array.from({ length: 15 }, (_, index) => 8001 + index).join(',')
const transparent = [
  ':MINE - [0:0]',
  '-A PREROUTING -p tcp -j MINE',
  '-A MINE -p tcp -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff',
]
const marking = '-A OUTPUT -p tcp --dport 99 -j MARK --set-mark 9'
const route = { family: 'ipv4', table: 100, type: 'local', destination: '0.0.0.0/0', dev: 'lo' } as const
const marked = { rules: [{ family: 'ipv4', fwmark: 9, table: 100 }], routes: [route], loopbackAddresses: [] } as const
const nowhere = { rules: [], routes: [], loopbackAddresses: [] } as const
const dualStack = { proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }
const many = Array.from({ length: 600 }, (_, index) => `-A INPUT -s 192.0.2.1 -p tcp --dport ${index + 1} -j ACCEPT`)
const v6 = (rules: readonly string[]) => ({ nat: rules })

const proxys = (port: number) => ({ protocol: 'tcp' as const, address: '0.0.0.0', port, program: 'envoy' })

const cases: Readonly<Record<string, Case>> = {
  'uid-bypasses-proxy': {
    has: nat('-A ISTIO_OUTPUT -m owner --uid-owner 0 -j RETURN'),
    severity: 'warning',
    hasNot: nat('-A ISTIO_OUTPUT -m owner --uid-owner 0 -j LOG'),
  },
  'gid-bypasses-proxy': {
    has: nat('-A ISTIO_OUTPUT -m owner --gid-owner 0 -j RETURN'),
    severity: 'warning',
    hasNot: nat(),
  },
  'group-bypasses-proxy': {
    has: nat('-A ISTIO_OUTPUT -m owner --gid-owner 77 --suppl-groups -j RETURN'),
    hasNot: nat('-A ISTIO_OUTPUT -m owner --gid-owner 77 -j RETURN'),
  },
  'uid-and-gid-bypass-proxy': {
    has: nat('-A ISTIO_OUTPUT -m owner --uid-owner 7 --gid-owner 8 -j RETURN'),
    hasNot: nat('-A ISTIO_OUTPUT -m owner --uid-owner 7 -j RETURN'),
  },
  'mark-bypasses-proxy': { has: nat('-A ISTIO_OUTPUT -m mark --mark 0x77 -j RETURN'), hasNot: nat() },
  'source-port-bypasses-proxy': {
    has: nat('-A ISTIO_OUTPUT -p tcp --sport 4444 -j RETURN'),
    hasNot: nat('-A ISTIO_OUTPUT -p tcp --dport 4444 -j RETURN'),
  },
  'others-bypass-proxy': {
    has: nat('-A ISTIO_OUTPUT -m owner ! --uid-owner 77 -j RETURN'),
    severity: 'warning',
    hasNot: nat('-A ISTIO_OUTPUT -m owner --uid-owner 77 -j RETURN'),
  },
  'capture-conditional': {
    has: nat('-A ISTIO_OUTPUT -m ttl --ttl-lt 64 -j RETURN'),
    severity: 'warning',
    hasNot: nat('-A ISTIO_OUTPUT -m ttl --ttl-lt 64 -j LOG'),
  },
  'outbound-not-captured': { has: { nat: [...chains, ...captures.inbound] }, severity: 'error', hasNot: nat() },
  'inbound-not-captured': {
    has: { nat: [...chains, ...captures.outbound, captures.redirect] },
    severity: 'error',
    hasNot: nat(),
  },
  'ipv6-left-open': {
    has: { ...nat(), ipv6: v6([]), mesh: 'kuma' },
    severity: 'warning',
    hasNot: { ...nat(), ipv6: v6(plain()), mesh: 'kuma' },
  },
  'ipv4-left-open': {
    has: { nat: [], ipv6: v6(plain()), mesh: 'kuma' },
    severity: 'warning',
    hasNot: { ...nat(), ipv6: v6(plain()), mesh: 'kuma' },
  },
  'port-answers-unproxied': {
    has: {
      nat: [
        ...chains,
        captures.inbound[0] ?? '',
        '-A ISTIO_INBOUND -p tcp --dport 6379 -j RETURN',
        captures.inbound[1] ?? '',
      ],
    },
    severity: 'warning',
    hasNot: nat(),
  },
  'destination-bypasses-proxy': {
    has: nat('-A ISTIO_OUTPUT -d 198.51.100.9/32 -j RETURN'),
    severity: 'note',
    hasNot: nat(),
  },
  'exclusion-does-not-act': {
    has: { ...nat(), built: plain('-A ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN') },
    severity: 'error',
    hasNot: {
      ...nat('-A ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN'),
      built: plain('-A ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN'),
    },
  },
  'exclusion-not-configured': {
    has: { ...nat('-A ISTIO_OUTPUT -d 198.51.100.0/24 -j RETURN'), built: plain() },
    severity: 'error',
    hasNot: {
      ...nat('-A ISTIO_OUTPUT -d 198.51.100.0/24 -j RETURN'),
      built: plain('-A ISTIO_OUTPUT -d 198.51.100.0/24 -j RETURN'),
    },
  },
  'init-container-failed': {
    has: { ...nat(), ended: [{ name: 'mesh-init', exitCode: 1, reason: 'Error' }] },
    severity: 'error',
    hasNot: { ...nat(), ended: [{ name: 'mesh-init', exitCode: 0, reason: 'Completed' }] },
  },
  'listener-missing': {
    has: { ...nat(), listeners: [proxys(15006), { ...proxys(15001), address: '::1' }] },
    severity: 'warning',
    hasNot: { ...nat(), listeners: [proxys(15006), proxys(15001), { ...proxys(53), protocol: 'udp' }] },
  },
  'proxy-loops': {
    has: { nat: [...chains, '-A OUTPUT -p tcp -j ISTIO_OUTPUT', captures.redirect] },
    severity: 'error',
    hasNot: nat(),
  },
  'capture-dies': {
    has: {
      nat: [
        ...chains,
        ...captures.outbound,
        captures.redirect,
        '-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1:15006',
      ],
    },
    severity: 'error',
    hasNot: nat(),
  },
  'redirect-to-nobody': {
    has: { nat: [...chains, ...captures.outbound, '-A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15099'] },
    severity: 'error',
    hasNot: nat(),
  },
  'source-address-missing': {
    has: { ...nat(), ipv6: v6(plain()), routing: nowhere, config: dualStack },
    severity: 'error',
    hasNot: { ...nat(), ipv6: v6(plain()), routing: { ...nowhere, loopbackAddresses: ['::6'] }, config: dualStack },
  },
  'original-destination-lost': {
    has: { ...nat(), raw: ['-A OUTPUT -p tcp -j CT --zone 7'] },
    severity: 'error',
    hasNot: { ...nat(), raw: ['-A OUTPUT -p udp -j CT --zone 7'] },
  },
  'other-program-first': {
    has: {
      nat: [
        ':DOCKER - [0:0]',
        ...chains,
        '-A PREROUTING -p tcp -j DOCKER',
        '-A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 10.244.0.5:9090',
        ...captures.inbound,
      ],
    },
    severity: 'warning',
    hasNot: {
      nat: [
        ':DOCKER - [0:0]',
        ...chains,
        ...captures.inbound,
        '-A PREROUTING -p tcp -j DOCKER',
        '-A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 10.244.0.5:9090',
      ],
    },
  },
  'rule-shadowed': {
    has: { nat: [...plain(), '-A ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN'] },
    severity: 'warning',
    hasNot: nat('-A ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN'),
  },
  'rule-redundant': {
    has: nat('-A ISTIO_OUTPUT -p tcp --dport 7:9 -j RETURN', '-A ISTIO_OUTPUT -p tcp --dport 8 -j RETURN'),
    severity: 'note',
    hasNot: nat('-A ISTIO_OUTPUT -p tcp --dport 8 -j RETURN', '-A ISTIO_OUTPUT -p tcp --dport 7:9 -j RETURN'),
  },
  'rule-contradictory': {
    has: { nat: [...plain(), '-A ISTIO_INBOUND -m owner --uid-owner 7 -j RETURN'] },
    severity: 'warning',
    hasNot: nat(),
  },
  'chain-unreachable': {
    has: { nat: [':LEFT - [0:0]', ...plain(), '-A LEFT -p tcp -j ACCEPT'] },
    severity: 'note',
    hasNot: { nat: [':LEFT - [0:0]', ...plain()] },
  },
  'jump-doubled': { has: nat('-A OUTPUT -p tcp -j ISTIO_OUTPUT'), severity: 'warning', hasNot: nat() },
  'rule-doubled': {
    has: nat('-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN'),
    severity: 'warning',
    hasNot: nat(),
  },
  'mesh-residue': { has: { nat: [':PROXY_INIT_OUTPUT - [0:0]', ...plain()] }, severity: 'warning', hasNot: nat() },
  'backend-residue': {
    has: { ...nat(), elsewhere: ['there were tables of iptables-legacy too'] },
    severity: 'warning',
    hasNot: nat(),
  },
  'mark-without-route': {
    has: { ...nat(), mangle: [marking] },
    severity: 'warning',
    hasNot: { ...nat(), mangle: [marking], routing: marked },
  },
  'multiport-full': {
    has: nat(`-A ISTIO_OUTPUT -p tcp -m multiport --dports ${fifteen} -j RETURN`),
    severity: 'note',
    hasNot: nat(`-A ISTIO_OUTPUT -p tcp -m multiport --dports ${fifteen.slice(5)} -j RETURN`),
  },
  'interface-name-full': {
    has: nat('-A ISTIO_INBOUND -i veth0123456789a -j RETURN'),
    severity: 'note',
    hasNot: nat('-A ISTIO_INBOUND -i veth0123456789 -j RETURN'),
  },
  'message-large': {
    has: { ...nat(), filter: many },
    severity: 'note',
    hasNot: { ...nat(), filter: many.slice(0, 500) },
  },
  'needs-newer-iptables': {
    has: nat('-A ISTIO_OUTPUT -m owner --gid-owner 77 --suppl-groups -j RETURN'),
    severity: 'note',
    hasNot: nat('-A ISTIO_OUTPUT -m owner --gid-owner 77 -j RETURN'),
  },
}

/**
 * Each with its twin where there is a kernel (in-the-kernel.test.ts), or by rules of a mesh with policy routing (below).
 */
const elsewhere = ['one-backend-only', 'rules-rejected', 'routing-assumed']

t.test('every code has a capture that shows it, and a twin that has it not', async (t) => {
  t.same(Object.keys(cases).concat(elsewhere).toSorted(), [...catalogue.keys()].toSorted())
  for (const [code, { has, severity, hasNot }] of Object.entries(cases)) {
    const found = (await examined(has)).findings.filter(({ kind }) => kind.code === code)
    t.ok(found.length > 0, `${code} is found`)
    if (severity !== undefined)
      t.ok(
        found.some((finding) => finding.severity === severity),
        `${code} is ${severity}`,
      )
    const twin = (await examined(hasNot)).findings.filter(({ kind }) => kind.code === code)
    const [first] = found
    t.notOk(
      twin.some(({ key }) => key === first?.key),
      `the twin of ${code} has it not`,
    )
  }
})

t.test('exclusions of interfaces, and a config of which only a part is known', async (t) => {
  const told = async (captured: Captured): Promise<string[]> =>
    (await examined(captured)).findings.filter(({ kind }) => kind.code.startsWith('exclusion-')).map(({ what }) => what)
  const excluded = ['-A PREROUTING -i net1 -j RETURN', ...plain()]
  t.same(await told({ ...nat(), built: excluded }), [
    'the config excludes what comes in by interface net1, and it is captured',
  ])
  t.same(await told({ nat: excluded, built: plain() }), [
    'what comes in by interface net1 is excluded, and the config does not say so',
  ])
  t.same(await told({ nat: excluded, built: excluded }), [])
  t.same(await told({ nat: excluded, built: plain(), isConfigPart: true }), [])
  t.same((await told({ ...nat(), built: excluded, isConfigPart: true })).length, 1)
})

t.test('rules that were applied twice are one finding', async (t) => {
  const told = async (nat: readonly string[], more: Partial<Captured> = {}) =>
    (await examined({ nat, ...more })).findings
      .filter(({ kind }) => kind.code.endsWith('-doubled'))
      .map(({ kind, what }) => `${kind.code}: ${what}`)
  const [, , ...rules] = plain()
  const mangle = ['-A PREROUTING -m conntrack --ctstate INVALID -j DROP']
  t.same(await told([...chains, ...rules, ...rules], { mangle: [...mangle, ...mangle] }), [
    'rule-doubled: 6 rules of tables nat and mangle stand twice, 2 jumps among them: they were applied twice',
  ])
  const jumps = ['-A PREROUTING -p tcp -j ISTIO_INBOUND', '-A OUTPUT -p tcp -j ISTIO_OUTPUT']
  t.same(await told([...plain(), ...jumps]), [
    'jump-doubled: PREROUTING jumps to ISTIO_INBOUND twice',
    'jump-doubled: OUTPUT jumps to ISTIO_OUTPUT twice',
  ])
  t.same(await told(plain(), { mangle }), [])
})

t.test("rules of a node's own are told as such, and what ambient mode lets its probes do is a note", async (t) => {
  const told = async (captured: Captured) =>
    (await examined(captured)).findings.map(({ severity, kind, what }) => `${severity} ${kind.code}: ${what}`)
  const node = [
    ':ISTIO_POSTRT - [0:0]',
    '-A POSTROUTING -j ISTIO_POSTRT',
    '-A ISTIO_POSTRT -p tcp -j SNAT --to-source 169.254.7.127',
  ]
  const [only, ...more] = await told({ nat: node })
  t.match(only, /^note outbound-not-captured: nothing is captured by these rules, which are of POSTROUTING alone/)
  t.same(more, [])
  t.ok((await told({ nat: [...node, '-A OUTPUT -p tcp -j ACCEPT'] })).some((text) => text.startsWith('error ')))
})

t.test('two flows that meet the same thing are one finding', async (t) => {
  const { findings } = await examined({ nat: [...chains, '-A OUTPUT -p tcp -j ISTIO_OUTPUT', captures.redirect] })
  const told = findings.filter(({ kind }) => kind.code === 'proxy-loops').map(({ what }) => what)
  t.equal(told.length, 1, 'whatever else the same rule sends round')
})

t.test('inbound ports that answer past the proxy are one finding, and those that are meant are another', async (t) => {
  const spares = (port: number): string => `-A ISTIO_INBOUND -p tcp --dport ${port} -j RETURN`
  const [way = '', taking = ''] = captures.inbound
  const told = async (...ports: number[]) =>
    (await examined({ nat: [...chains, way, ...ports.map(spares), taking] })).findings
      .filter(({ kind }) => kind.code === 'port-answers-unproxied')
      .map(({ severity, what, rules }) => `${severity}: ${what}: ${rules.map(({ rule }) => rule).join()}`)
  t.same(await told(4444, 22, 5555), [
    'warning: inbound ports 4444 and 5555 answer past the proxy: 1,3',
    'note: inbound port 22 answers past the proxy, which this mesh leaves alone: 2',
  ])
})

t.test('who is spared since a rule takes everybody else is told with that rule', async (t) => {
  const taking = '-A ISTIO_OUTPUT -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001'
  const { findings } = await examined({ nat: [...chains, '-A OUTPUT -p tcp -j ISTIO_OUTPUT', taking] })
  const found = findings.find(({ kind }) => kind.code === 'mark-bypasses-proxy')
  t.same(
    found?.rules.map(({ text }) => text),
    [taking],
  )
})

t.test('whoever a rule means that asks for all but some', async (t) => {
  const told = async (rule: string): Promise<string[]> =>
    (await examined(nat(rule))).findings
      .filter(({ kind }) => /^(?:mark|source-port)-bypasses/.test(kind.code))
      .map(({ what }) => what)
  t.same(await told('-A ISTIO_OUTPUT -m mark ! --mark 0 -j RETURN'), ['a socket with any mark is not captured'])
  t.same(await told('-A ISTIO_OUTPUT -p tcp ! --sport 1024: -j RETURN'), [
    'a connection from ports 1-1023 is not captured',
  ])
  for (const harmless of ['-m mark ! --mark 0 -j LOG', '-p udp ! --sport 1024: -j RETURN'])
    t.same(await told(`-A ISTIO_OUTPUT ${harmless}`), [], harmless)
})

/** Rules of a pod, of whatever mesh, with one more in the way or with what they capture narrowed. */
interface Narrowed {
  outbound?: string
  inbound?: string
  spares?: string
}
type Shape = { mesh: string; nat: (of: Narrowed) => string[] }
const shapes: Readonly<Record<string, Shape>> = {
  'plain rules': {
    mesh: 'istio',
    nat: ({ outbound = '', inbound = '', spares }) => [
      ...[`-A PREROUTING -p tcp ${inbound} -j REDIRECT --to-ports 15006`, '-A OUTPUT -o lo -j RETURN'],
      '-A OUTPUT -m owner --uid-owner 1337 -j RETURN',
      ...(spares === undefined ? [] : [`-A OUTPUT ${spares} -j RETURN`]),
      `-A OUTPUT -p tcp ${outbound} -j REDIRECT --to-ports 15001`,
    ],
  },
  "Kuma's chains": {
    mesh: 'kuma',
    nat: ({ outbound = '', inbound = '', spares }) => [
      ...[':KUMA_MESH_OUTBOUND - [0:0]', ':KUMA_MESH_INBOUND - [0:0]', ':KUMA_MESH_OUTBOUND_REDIRECT - [0:0]'],
      ...['-A PREROUTING -p tcp -j KUMA_MESH_INBOUND', '-A OUTPUT -p tcp -j KUMA_MESH_OUTBOUND'],
      `-A KUMA_MESH_INBOUND -p tcp ${inbound} -j REDIRECT --to-ports 15006`,
      '-A KUMA_MESH_OUTBOUND -m owner --uid-owner 5678 -j RETURN',
      ...(spares === undefined ? [] : [`-A KUMA_MESH_OUTBOUND ${spares} -j RETURN`]),
      `-A KUMA_MESH_OUTBOUND -p tcp ${outbound} -j KUMA_MESH_OUTBOUND_REDIRECT`,
      '-A KUMA_MESH_OUTBOUND_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
    ],
  },
}

t.test('a part alone that is captured, by whatever tells it, or a part that is not', async (t) => {
  const out = 'of what the pod sends only TCP'
  const into = 'of what comes into the pod only TCP'
  const others = 'is captured, and what an application of another user sends is not'
  const ports = '-p tcp -m multiport'
  for (const [shape, { mesh, nat }] of Object.entries(shapes)) {
    const told = async (of: Narrowed): Promise<string[]> =>
      (await examined({ nat: nat(of), mesh })).findings
        .filter(({ severity }) => severity !== 'note')
        .map(({ what }) => what)
    t.same(await told({}), [], shape)
    for (const [spares, ...words] of [
      ['-m owner ! --gid-owner 0-100', `what is sent as GIDs 0-100 ${others}`],
      ['-m owner --gid-owner 0-100', 'an application of GIDs 0-100 is not captured'],
      ['-m owner --uid-owner 1000-1300', 'an application of UIDs 1000-1300 is not captured'],
      ['! -d 10.0.0.0/8', `${out} to 10.0.0.0/8 is captured`],
      ['-p tcp --sport 1024:2000', 'a connection from ports 1024-2000 is not captured'],
      [`${ports} --ports 81,444`, 'a connection from ports 81 and 444 is not captured'],
      ['-m mark ! --mark 0x1', `${out} with mark 0x1 is captured`],
      ['-m dscp ! --dscp 0', 'whether what the pod sends is captured depends on ! --dscp 0'],
      ['-o eth1'],
      ['-m state --state ESTABLISHED'],
      ['-d 10.0.0.0/8 -m state --state ESTABLISHED'],
    ] as const)
      t.same(await told({ spares }), words, `${shape}: ${spares}`)
    t.same(await told({ outbound: '-m mark --mark 0x1' }), [`${out} with mark 0x1 is captured`])
    t.same(await told({ outbound: '-d 10.0.0.0/8' }), [`${out} to 10.0.0.0/8 is captured`])
    t.same(await told({ inbound: '-s 10.0.0.0/8' }), [`${into} from 10.0.0.0/8 is captured`])
    t.same(await told({ inbound: '-i eth1' }), [`${into} by eth1 is captured`])
    t.same(await told({ inbound: '-i eth0' }), [])
    t.same(await told({ inbound: '! -i lo' }), [])
  }
})

t.test('a part alone is a note where the mesh has an option for that', async (t) => {
  const told = async (shape: string, of: Narrowed) => {
    const { mesh, nat } = shapes[shape] as Shape
    const { findings } = await examined({ nat: nat(of), mesh })
    return findings
      .filter(({ kind }) => kind.code.endsWith('not-captured'))
      .map(({ severity, what }) => [severity, what])
  }
  const ports = '-m multiport --dports 80,443'
  const out = 'of what the pod sends only TCP to ports 80 and 443 is captured'
  t.same(await told('plain rules', { outbound: ports }), [['warning', out]])
  t.same(await told("Kuma's chains", { outbound: ports }), [
    ['note', `${out}, as redirect.outbound.includePorts has it`],
  ])
  const into = 'of what comes into the pod only TCP to ports 1-1024 is captured'
  t.same(await told('plain rules', { inbound: '--dport 1:1024' }), [['warning', into]])
  t.same(await told("Kuma's chains", { inbound: '--dport 1:1024' }), [
    ['note', `${into}, as redirect.inbound.includePorts has it`],
  ])
})

t.test('what passes since the config says so is a note, and an error where it does not', async (t) => {
  const told = async (built: readonly string[]) => {
    const { findings } = await examined({ nat: [...chains, ...captures.inbound], built })
    return findings.filter(({ kind }) => kind.code === 'outbound-not-captured').map(({ severity }) => severity)
  }
  t.same(await told([...chains, ...captures.inbound]), ['note'])
  t.same(await told(plain()), ['error'])
})

t.test('capturing DNS alone is not capturing what the pod sends', async (t) => {
  const dns = '-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053'
  const { findings } = await examined({ nat: [...chains, ...captures.inbound, dns], mesh: 'kuma' })
  t.ok(
    findings.some(
      ({ severity, what }) => severity === 'error' && what === 'what the pod sends is not captured, but for DNS',
    ),
  )
})

t.test('a family of which nothing is captured is left open as a whole, though some of it be refused', async (t) => {
  const filter = ['-A INPUT -m state --state ESTABLISHED -j ACCEPT', '-A INPUT -j REJECT']
  const codes = (await examined({ ...nat(), ipv6: { filter } })).findings.map(({ kind }) => kind.code)
  t.ok(codes.includes('ipv6-left-open'))
  t.notOk(codes.includes('outbound-not-captured'))
})

t.test('what a rule spares by two things together is told, and each by itself is not spared', async (t) => {
  const spared = [
    [
      '-A ISTIO_OUTPUT -p tcp --dport 443 -m owner --uid-owner 101 -j RETURN',
      'an application of UID 101 reaches TCP port 443 past the proxy',
    ],
    [
      '-A ISTIO_OUTPUT -d 203.0.113.0/24 -m owner --gid-owner 55 -j RETURN',
      'an application of GID 55 reaches 203.0.113.0/24 past the proxy',
    ],
    [
      '-A ISTIO_OUTPUT -p tcp --dport 443 -m mark --mark 7 -j RETURN',
      'a socket with the mark 0x7 reaches TCP port 443 past the proxy',
    ],
    [
      '-A ISTIO_OUTPUT -d 203.0.113.0/24 -p tcp -m multiport --dports 443,8443 -j RETURN',
      'TCP ports 443 and 8443 of 203.0.113.0/24 are reached past the proxy',
    ],
  ] as const
  for (const [rule, what] of spared) {
    const told = async (text: string) =>
      (await examined(nat(text))).findings
        .map((finding) => finding.what)
        .filter((each) => each.includes(' past the proxy'))
    t.same(await told(rule), [what], rule)
    t.same(await told(rule.replace('RETURN', 'LOG')), [], 'and nothing where the rule only writes it down')
  }
  const from = '-A PREROUTING -s 10.9.0.0/16 -p tcp --dport 9090 -j ACCEPT'
  const { findings } = await examined({ nat: [...chains, from, ...plain().slice(chains.length)] })
  t.match(
    findings.find(({ kind }) => kind.code === 'port-answers-unproxied'),
    { severity: 'warning', what: 'inbound port 9090 answers 10.9.0.0/16 past the proxy' },
  )
})

t.test('of what is captured by two things together alone the rest is told to be left', async (t) => {
  const rule = '-A ISTIO_OUTPUT -d 203.0.113.0/24 -p tcp --dport 443 -j REDIRECT --to-ports 15001'
  const { findings } = await examined({ nat: [...chains, ...captures.inbound, ...captures.outbound, rule] })
  t.match(
    findings.filter(({ kind }) => kind.code === 'outbound-not-captured'),
    [{ severity: 'warning', what: 'of what the pod sends only TCP to port 443 of 203.0.113.0/24 is captured' }],
  )
})

t.test('nobody else sends from an address that the pod has beside its rules', async (t) => {
  const own = '-A OUTPUT -s ::6/128 -o lo -j RETURN'
  const { subject, findings } = await examined({ nat: plain(), ipv6: v6([own, ...plain()]), config: dualStack })
  t.ok(subject.stack.isLocal('::6'))
  t.notOk(findings.some(({ kind }) => kind.code === 'capture-dies'))
})

t.test('nothing is said to be captured nowhere while nobody knows of some of it', async (t) => {
  const asks = '-A ISTIO_INBOUND -p tcp --dport 443 -m string --string x --algo bm -j REDIRECT --to-ports 15006'
  const known = asks.replace('-m string --string x --algo bm ', '').replace('-j REDIRECT --to-ports 15006', '-j ACCEPT')
  const told = async (rule: string): Promise<boolean> =>
    (
      await examined({
        nat: [...chains, '-A PREROUTING -p tcp -j ISTIO_INBOUND', rule, ...captures.outbound, captures.redirect],
      })
    ).findings.some(({ kind }) => kind.code === 'inbound-not-captured')
  t.notOk(await told(asks))
  t.ok(await told(known))
})

t.test('what the pod sends to itself alone is no outbound traffic', async (t) => {
  const { findings } = await examined({
    nat: [...chains, ...captures.inbound, '-A OUTPUT -d 10.244.0.5/32 -p tcp -j REDIRECT --to-ports 15001'],
  })
  t.ok(findings.some(({ kind }) => kind.code === 'outbound-not-captured'))
})

t.test('TPROXY without what delivers its mark', async (t) => {
  const codes = (await examined({ nat: [...chains], mangle: transparent })).findings.map(({ kind }) => kind.code)
  t.ok(codes.includes('capture-dies'))
  t.ok(codes.includes('mark-without-route'))
})

t.test('an ip rule whose table has no route is told as such', async (t) => {
  const { findings } = await examined({
    nat: [...chains],
    mangle: transparent,
    routing: { rules: [{ family: 'ipv4', fwmark: 1, table: 100 }], routes: [], loopbackAddresses: [] },
    mesh: 'istio',
    config: { interceptionMode: 'TPROXY' },
  })
  t.ok(findings.some(({ what }) => /0x1 that MINE sets looks up table 100, which has no route/.test(what)))
  t.ok(findings.some(({ what }) => /dropped: the `ip rule` for the mark looks up table 100, which has no/.test(what)))
})

t.test('policy routing is assumed where the mesh sets some up and the text tells of none', async (t) => {
  const tproxy = transparent.map((rule) => rule.replaceAll('0x1/', '0x539/'))
  const codes = async (captured: Captured) => (await examined(captured)).findings.map(({ kind }) => kind.code)
  const beside = {
    rules: [{ family: 'ipv4', fwmark: 1337, table: 133 }],
    routes: [{ family: 'ipv4', table: 133, type: 'local', destination: '0.0.0.0/0', dev: 'lo' }],
    loopbackAddresses: [],
  } as const
  const captured = { nat: [...chains], mangle: tproxy, mesh: 'istio', config: { interceptionMode: 'TPROXY' } }
  t.ok((await codes(captured)).includes('routing-assumed'))
  t.notOk((await codes({ ...captured, routing: beside })).includes('routing-assumed'))
})

t.test('what all codes say is a text for people', async (t) => {
  for (const { code, title, about, remedy } of catalogue.values()) {
    t.match(code, /^[a-z0-9]+(?:-[a-z0-9]+)+$/)
    for (const text of [title, about, remedy]) t.match(text, /^\S.*\S$/, code)
    t.notMatch(title, /\.$/, code)
  }
})

t.test('what many rules of a chain spare is one finding', async (t) => {
  const told = async (...rules: readonly string[]) =>
    (await examined(nat(...rules))).findings.filter(({ kind }) => kind.code === 'destination-bypasses-proxy')
  const port = (number: number) => `-A ISTIO_OUTPUT -p tcp --dport ${number} -j RETURN`
  t.equal((await told(port(9100), port(9200))).length, 2)
  const [only, ...others] = await told(port(9100), port(9200), port(9300), '-A ISTIO_OUTPUT -d 192.0.2.0/24 -j RETURN')
  t.match(only?.what, /^TCP ports 9100, 9200 and 9300, and 192\.0\.2\.0\/24 are reached/)
  t.equal(only?.rules.length, 4)
  t.same(others, [])
})

t.test('of a mark that is set in part, a rule may ask together with the rest', async (t) => {
  const told = async (asked: string) =>
    (
      await examined({
        nat: plain(),
        mangle: [
          '-A OUTPUT -p tcp --dport 99 -j MARK --set-xmark 0x10000/0x10000',
          '-A OUTPUT -p tcp --dport 98:99 -j MARK --set-xmark 0x20000/0x20000',
          `-A OUTPUT -m mark --mark ${asked} -j ACCEPT`,
        ],
      })
    ).findings.filter(({ kind }) => kind.code === 'mark-without-route').length
  t.equal(await told('0x30000/0x30000'), 0)
  t.equal(await told('0x40000/0x40000'), 2)
})

t.test('what never comes to a chain is no matter of the rules before it', async (t) => {
  const filter = [
    ':DOCKER-ISOLATION-STAGE-2 - [0:0]',
    ':MINE - [0:0]',
    '-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A FORWARD -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
    '-A FORWARD -i docker0 ! -o docker0 -j MINE',
    '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
    '-A MINE -o docker0 -j DROP',
  ]
  const { findings } = await examined({ nat: plain(), filter })
  const told = findings.filter(({ kind }) => kind.code === 'rule-contradictory')
  t.match(told.map(({ severity, what }) => `${severity} ${what}`).sort(), [
    /^note rule 1 of DOCKER.* nothing that it asks for is sent to its chain; the chain is of Docker$/,
    /^warning rule 1 of MINE never matches: nothing that it asks for is sent to its chain$/,
  ])
})

t.test("chains of another program's that nothing leads to are one finding", async (t) => {
  const filter = [
    ...['KUBE-A', 'KUBE-B', 'LEFT'].flatMap((chain) => [`:${chain} - [0:0]`]),
    ...['KUBE-A', 'KUBE-B', 'LEFT'].map((chain) => `-A ${chain} -j DROP`),
  ]
  const { findings } = await examined({ nat: plain(), filter })
  t.match(
    findings.filter(({ kind }) => kind.code === 'chain-unreachable').map(({ what }) => what),
    [/^nothing leads to KUBE-A and KUBE-B of table filter, which are of kube-proxy/, /^nothing leads to LEFT of/],
  )
})

t.test("what a mesh's own option spares of a user's is a note", async (t) => {
  const rule = '-p tcp --dport 443 -m owner --uid-owner 106 -j RETURN'
  const told = async (begin: string, mesh: string) => {
    const rules = plain(`-A ISTIO_OUTPUT ${rule}`).map((line) => line.replaceAll('ISTIO_', begin))
    const { findings } = await examined({ nat: rules, mesh })
    return findings.find(({ kind, what }) => kind.code === 'uid-bypasses-proxy' && / 106 /.test(what))
  }
  t.match(await told('KUMA_MESH_', 'kuma'), {
    severity: 'note',
    what: /as redirect\.outbound\.excludePortsForUIDs has it/,
  })
  t.match(await told('ISTIO_', 'istio'), { severity: 'warning' })
})
