import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { parseSource } from '../../harness/source/parse.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { changedSource } from '../faults/faulty-source.ts'
import { use } from '../helpers/use.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

/** Other texts of the same behaviour, and what is a change although no flow tells of it. */

const sandbox = use(t, await NamespaceSandbox.create())

const osm = (change: (text: string) => string = (text) => text): RuleSource => changedSource('osm', '1.2', change)
const config = { outboundPortExclusionList: [6379, 7070], outboundIPRangeExclusionList: ['203.0.113.0/24'] }
const configs = [{ config, podAnnotations: {} }]

const twins: readonly [title: string, change: (text: string) => string][] = [
  ['chains with other names', (text) => text.replaceAll('OSM_PROXY_', 'MY_')],
  [
    'a list that is split into a rule for each port',
    (text) =>
      text.replace(/^(.*) --match multiport (--dports) 6379,7070 (.*)$/m, '$1 --dport 6379 $3\n$1 --dport 7070 $3'),
  ],
  [
    'a range that is split in halves',
    (text) => text.replace(/^(.*-d) 203.0.113.0\/24 (.*)$/m, '$1 203.0.113.0/25 $2\n$1 203.0.113.128/25 $2'),
  ],
  [
    'independent rules in another order',
    (text) => text.replace(/^(.*-d 203.0.113.0\/24 .*)\n(.*--dports 6379,7070 .*)$/m, '$2\n$1'),
  ],
  ['a rule that is there twice', (text) => text.replace(/^(-A OSM_PROXY_OUT_REDIRECT .*)$/m, '$1\n$1')],
  ['comments', (text) => text.replace(/^(-A \S+)/gm, '$1 -m comment --comment mine')],
]

t.test('what behaves alike is silent, whatever its text', { jobs: 3 }, async (t) => {
  for (const [title, change] of twins) {
    t.test(title, { buffered: true }, async (t) => {
      const [own, other] = [osm(), osm(change)]
      const request = {
        schema: 'sidetrack.config/1' as const,
        mesh: 'osm',
        config,
        podAnnotations: {},
        podIPs: ['10.244.0.5'],
        family: 'ipv4' as const,
      }
      t.not(await other.text(request), await own.text(request), 'the text is another one')
      const result = await gateOf(sandbox, { baseline: own, candidate: other, configs, backends: ['nft', 'legacy'] })
      t.same([inWords(result), errorsOf(result)], [[], []])
      t.match(result.coverage.lines(0), [/^1 config: 1 compared$/, /^\d+ classes compared, none apart$/])
    })
  }
})

t.test('equal rules are not compared at all', async (t) => {
  const result = await gateOf(sandbox, { baseline: osm(), candidate: osm((text) => `# mine\n${text}`), configs })
  t.same([inWords(result), result.coverage.lines(0)], [[], ['1 config: 1 with the same rules on both sides']])
})

t.test('rules that are rejected, a builder that fails, a family that is missing', async (t) => {
  const rejected = await gateOf(sandbox, {
    baseline: osm(),
    candidate: osm((text) =>
      text.replace('COMMIT', '-A OUTPUT -p tcp -m owner --uid-owner 1 -m owner --gid-owner 2 -j NOWHERE\nCOMMIT'),
    ),
    backends: ['nft', 'legacy'],
  })
  const nowhere = await gateOf(sandbox, {
    baseline: osm((text) => text.replace('COMMIT', '-A OUTPUT -j NOWHERE\nCOMMIT')),
    candidate: osm((text) => text.replace('COMMIT', '-A OUTPUT -j NOBODY\nCOMMIT')),
  })
  t.same([inWords(nowhere), nowhere.coverage.isWhole], [[], false])
  t.match(
    nowhere.coverage.lines(0).join('\n'),
    /^not compared: default nft, where the rules of both sides are rejected$/m,
  )
  t.notMatch(rejected.coverage.lines(0).join('\n'), /were sent/, 'no flow was sent')
  t.match(inWords(rejected), [
    /^failed: the rules for the empty config: loaded → rejected at line \d+/,
    /^failed: .* → rejected at line \d+/,
  ])
  const failing = parseSource("exec:sh -c 'echo no >&2; exit 3'", '/')
  const failed = await gateOf(sandbox, { baseline: osm(), candidate: failing })
  t.same(inWords(failed), ['failed: the rules for the empty config: rules → no rules: it exited with 3: no'])
  const neither = await gateOf(sandbox, { baseline: failing, candidate: failing })
  t.same([inWords(neither), errorsOf(neither)], [[], ['neither side makes rules for any config: it exited with 3: no']])
  const refused = {
    baseline: osm(),
    candidate: osm(),
    configs: [{ config: { listOfPorts: [80] }, podAnnotations: {} }],
  }
  t.match((await gateOf(sandbox, refused)).errors, [{ fault: 'input', reason: /^config-\w+: listOfPorts: / }])
  const windows = await gateOf(sandbox, {
    baseline: osm(),
    candidate: parseSource("exec:printf '*nat\\r\\nCOMMIT\\r\\n'", '/'),
  })
  t.match(inWords(windows), [/^failed: .*line 1, column 5: ends in a carriage return, which iptables .* rejects; /])
  const both = parseSource("exec:printf '*nat\\n-A OUTPUT -p udp -j ACCEPT\\nCOMMIT\\n'", '/')
  const one = parseSource(
    `exec:sh -c 'case $(cat) in *ipv4*) echo "*nat\n-A OUTPUT -p udp -j ACCEPT\nCOMMIT";; esac'`,
    '/',
  )
  const missing = await gateOf(sandbox, { mesh: 'consul', baseline: both, candidate: one })
  t.same(inWords(missing), ['failed: the rules for the empty config: rules for ipv6 → none for ipv6'])
})

t.test('what a rule says of packets of no connection is asked with a lone segment', async (t) => {
  const invalid = (target: string): RuleSource =>
    osm((text) => `*mangle\n-A PREROUTING -m conntrack --ctstate INVALID -j ${target}\nCOMMIT\n${text}`)
  const told = await gateOf(sandbox, { baseline: invalid('DROP'), candidate: invalid('ACCEPT') })
  const line =
    "moved: remote on eth0's peer → TCP 10.244.0.5:80, a lone segment with FIN,ACK: dropped → refused by the pod"
  t.ok(inWords(told).includes(line), inWords(told).join('; '))
  t.ok(
    told.changes.every(({ id }) => id.includes('(raw=FIN,ACK)')),
    'connections fare alike',
  )
})

t.test('a protocol of which no flow is compared is named', async (t) => {
  const sctp = osm((text) => text.replace('COMMIT', '-A OUTPUT -p sctp -j REDIRECT --to-ports 15001\nCOMMIT'))
  const { coverage, ...told } = await gateOf(sandbox, { baseline: osm(), candidate: sctp })
  t.same(inWords({ coverage, ...told }), [])
  t.equal(coverage.isWhole, false)
  t.match(coverage.lines(0).join('\n'), /^not compared: flows of protocol sctp, for which there are rules$/m)
})

t.test('what a rule says of source ports is asked from there, whatever else it asks for', async (t) => {
  for (const [ports, from] of [
    ['--sport 5555', /, 5555$/],
    ['--sport 1:32767', /, \d{1,5}$/],
    ['! --sport 32768:60999', /, \d{1,5}$/],
    ['--sport 1:50000', /, \d{1,5}$/],
    ['--sport 1024:65535', /:80$/],
  ] as const) {
    const dropping = osm(
      (text) => `*filter\n-A OUTPUT -p udp ${ports} -m owner --uid-owner 77 -j DROP\nCOMMIT\n${text}`,
    )
    const told = await gateOf(sandbox, { baseline: osm(), candidate: dropping, families: ['ipv4'] })
    t.ok(
      told.changes.some(({ subject }) => from.test(subject)),
      `${ports}: ${inWords(told).join('; ')}`,
    )
    t.equal(told.coverage.refuted, 0, ports)
  }
})

t.test(
  'of users and groups at the end of all numbers, echo requests are sent as well, as far as anybody may',
  async (t) => {
    for (const owner of ['--uid-owner 4294967294', '--gid-owner 4294967294']) {
      const dropping = osm((text) => `*filter\n-A OUTPUT -m owner ${owner} -j DROP\nCOMMIT\n${text}`)
      const told = await gateOf(sandbox, { baseline: osm(), candidate: dropping, families: ['ipv4'] })
      t.same(errorsOf(told), [])
      const pings = inWords(told).filter((line) => line.includes('ICMP'))
      t.equal(pings.length > 0, owner.startsWith('--uid'), pings.join('; '))
      t.ok(inWords(told).some((line) => line.includes('4294967294 → UDP')))
    }
  },
)

t.test('how far packets may go is named where the sides set it otherwise: no router stands between', async (t) => {
  const far = (limit: number) => osm((text) => `*mangle\n-A OUTPUT -j TTL --ttl-set ${limit}\nCOMMIT\n${text}`)
  const { coverage } = await gateOf(sandbox, { baseline: far(64), candidate: far(1) })
  t.match(coverage.lines(0).join('\n'), /^not compared: flows of protocol IPv4 over several routers, /m)
})

t.test('kinds of ICMP of which no flow is compared are named, echo requests are sent', async (t) => {
  const named = async (family: Family, rule: string) => {
    const istio = (change: (text: string) => string): RuleSource =>
      changedSource('istio', '1.31', change, undefined, 'istio')
    const { coverage, changes } = await gateOf(sandbox, {
      mesh: 'istio',
      baseline: istio((text) => text),
      candidate: istio((text) =>
        text.includes('::1/128') === (family === 'ipv6')
          ? `*mangle\n-A PREROUTING ${rule} -j DROP\nCOMMIT\n${text}`
          : text,
      ),
      configs: [{ config: { proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }, podAnnotations: {} }],
      families: [family],
    })
    return changes.length > 0 ? 'changes' : coverage.lines(0).find((line) => line.startsWith('not compared'))
  }
  const line = (what: string): string => `not compared: flows of protocol ${what}, for which there are rules`
  t.equal(await named('ipv4', '-p icmp --icmp-type timestamp-request'), line('icmp type 13'))
  t.equal(await named('ipv6', '-p icmpv6 --icmpv6-type neighbour-solicitation'), line('icmpv6 type 135'))
  t.equal(await named('ipv6', '-m conntrack --ctstate UNTRACKED'), line('neighbour discovery'), 'it is never tracked')
  t.equal(await named('ipv6', '-p icmpv6 --icmpv6-type echo-request'), 'changes')
  t.equal(await named('ipv4', '! -p tcp -m conntrack --ctstate INVALID'), line('icmp that answers nothing'))
  t.equal(await named('ipv6', '! -p tcp -m conntrack --ctstate INVALID'), line('icmpv6 that answers nothing'))
  t.equal(await named('ipv6', '-d fe80::/64'), line('IPv6 between link-local addresses'))
  t.equal(await named('ipv4', '-p icmp --icmp-type fragmentation-needed'), line('icmp type 3 code 4'))
  t.equal(await named('ipv4', '-p tcp --dport 0'), line('TCP to port 0'))
  t.equal(await named('ipv4', '-d 224.0.0.251'), line('UDP to multicast addresses'))
  t.equal(await named('ipv4', '-d 255.255.255.255'), line('UDP to the broadcast address'))
  t.equal(await named('ipv6', '-d ff02::fb'), line('UDP to multicast addresses'))
})

t.test('where the model cannot judge a rule, that is said, and the kernel is asked around its constants', async (t) => {
  const quota = (port: number): RuleSource =>
    osm((text) =>
      text.replace('COMMIT', `-I OUTPUT -p tcp --dport ${port} -m quota --quota 1000000000 -j RETURN\nCOMMIT`),
    )
  const same = await gateOf(sandbox, {
    baseline: quota(7000),
    candidate: osm((text) =>
      text.replace(
        'COMMIT',
        '-I OUTPUT -p tcp --dport 7000 -m quota --quota 1000000000 -m comment --comment other -j RETURN\nCOMMIT',
      ),
    ),
  })
  t.same(inWords(same), [])
  t.equal(same.coverage.isWhole, true)
  t.match(
    same.coverage.lines(0).join('\n'),
    /^not known to the model, and alike on both sides .*: rule 1 of chain OUTPUT/m,
  )
  const moved = await gateOf(sandbox, { baseline: quota(7000), candidate: quota(7001) })
  t.match(
    inWords(moved).filter((line) => /:700[01]:/.test(line)),
    [/opened|closed|moved/],
    'a verdict of the kernel, where the model has none',
  )
  const lines = moved.coverage.lines(moved.changes.length).join('\n')
  t.equal(moved.coverage.isWhole, false)
  t.match(lines, /^not judged by the model: rule 1 of chain OUTPUT asks for --quota/m)
  t.match(lines, /^\d+ classes not judged, for 2 rules: \d+ flows driven around their constants$/m)
})
