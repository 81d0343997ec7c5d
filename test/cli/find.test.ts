import * as v from 'valibot'
import t from 'tap'
import { findSchema } from '../../harness/find/find-schema.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

/** @param asked words with single spaces between them. */
const ask = (asked: string) => resident(['find', '--static', ...asked.split(' ')])
const find = (...args: string[]) => resident(['find', '--static', ...args])

t.test('who bypasses the proxy: the widest range of each kind, and the rule that lets it go', async (t) => {
  const { status, stdout, stderr } = ask('--rules istio@1.17 --verdict direct --not-identity proxy --proto tcp')
  t.same([status, stderr], [0, ''])
  t.match(
    stdout,
    /^Found \d+ kinds of flows that are tcp and are not sent by proxy \(UID 1337\) and have the verdict direct\.\nproxy: Istio 1\.17 /,
  )
  t.match(
    stdout,
    /\n1\. tcp ipv4, uid 0-1336,1338-, gid 1337, to anywhere but 10\.244\.0\.5,127\.0\.0\.0\/8\n {3}direct, answered by the peer; by nat ISTIO_OUTPUT rule 7, .* --gid-owner 1337 -j RETURN\n {3}such as 1000:1337 tcp to 203\.0\.113\.10:80\n/,
  )
  t.match(
    stdout,
    /These rules tell \d+ classes of such flows apart, and every flow is in one\.\nNothing was sent: this is what the model says\.\n/,
  )
})

t.test('what a captured machine may forward is not told to be dropped', async (t) => {
  const folder = t.testdir({
    'node.txt': '*nat\n-A PREROUTING -p tcp -m tcp --dport 30080 -j DNAT --to-destination 192.0.2.77:8080\nCOMMIT\n',
  })
  const ask = ['find', '--rules', `file:${folder}/node.txt`, '--mesh', 'osm', '--from', 'eth0', '--proto', 'tcp']
  const dropped = resident([...ask, '--verdict', 'dropped'])
  t.equal(dropped.status, 0)
  t.match(
    dropped.stdout,
    /^Found no flows that .*, as far as is known\.\n[\s\S]* flows sent, with iptables-nft [^:]*: all fare as predicted/,
  )
  const unknown = resident([...ask, '--verdict', 'unknown'])
  t.match(
    unknown.stdout,
    /^Found 1 kind [\s\S]*port 30080\n {3}not known: 192\.0\.2\.77 is nobody known here: .*\n[\s\S]*\nNothing was sent/,
  )
})

t.test('who sets a DSCP that the rules spare is found, and seen in the kernel', async (t) => {
  const folder = t.testdir({
    'spared.txt':
      '*nat\n-A OUTPUT -m owner --uid-owner 1500 -j RETURN\n-A OUTPUT -p tcp -m dscp --dscp 46 -j RETURN\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
  })
  const about = ['--rules', `file:${folder}/spared.txt`, '--mesh', 'osm', '--from', 'pod', '--proto', 'tcp']
  const ask = ['find', ...about, '--not-identity', 'proxy', '--decided-by', 'nat OUTPUT 2']
  const text = resident(ask)
  t.equal(text.status, 0)
  t.match(
    text.stdout,
    /^Found \d+ kinds [\s\S]*\n1\. tcp ipv4, sockets with DSCP 46, [^\n]*\n {3}direct, [^\n]*\n {3}such as 1000:1000 tcp to 203\.0\.113\.10:80, DSCP 46; seen so in the kernel\n/,
  )
  const { answers } = v.parse(findSchema, JSON.parse(resident([...ask, '--json']).stdout))
  t.ok(answers.length > 0 && answers.every(({ flow }) => flow.tos === 0xb8), 'and nobody else')
})

t.test('where answers go is asked of where a flow comes from', async (t) => {
  const folder = t.testdir({
    'strict.txt':
      '*mangle\n:BACK - [0:0]\n-A OUTPUT -j BACK\n-A BACK -d 10.0.0.0/8 -j RETURN\n-A BACK -j DROP\nCOMMIT\n',
  })
  const asked = `--rules file:${folder}/strict.txt --mesh osm --from eth0 --proto tcp`
  const { stdout } = ask(`${asked} --reaches app`)
  t.match(stdout, /\n1\. tcp ipv4, coming in by eth0, from 10\.0\.0\.0\/8, /)
  const dropped = ask(`${asked} --verdict dropped`)
  t.match(dropped.stdout, /\n1\. tcp ipv4, coming in by eth0, from anywhere but 10\.0\.0\.0\/8\n {3}dropped; /)
})

t.test('each question', async (t) => {
  const asked: readonly [args: string[], said: RegExp][] = [
    [
      ['--decided-by', 'nat OSM_PROXY_OUTBOUND 3'],
      /\n1\. tcp ipv4, uid 1500, to anywhere but 10\.244\.0\.5,127\.0\.0\.0\/8\n {3}direct, answered by the peer; /,
    ],
    [
      ['--decided-by', 'none', '--proto', 'icmp'],
      /\n1\. icmp ipv4, to anywhere but .*\n {3}direct, answered by the peer; no rule decides\n/,
    ],
    [
      ['--reaches', '15001', '--proto', 'udp', '--from', 'pod'],
      /Found 1 kind of flows that are udp and begin in the pod and reach port 15001\.[\s\S]*to 10\.244\.0\.5,127\.0\.0\.1, port 15001\n/,
    ],
    [
      ['--reaches', 'inbound', '--from', 'eth0', '--proto', 'tcp'],
      /\n1\. tcp ipv4, coming in by eth0, any port but 15000-15001,15003,15010,15901-15904\n {3}redirected to the proxy's inbound listener \(15003\), then application; /,
    ],
    [
      ['--identity', '1500:7', '--verdict', 'redirected'],
      /\n1\. tcp ipv4, uid 1500, gid 7, to 10\.244\.0\.5,127\.0\.0\.0\/8 without 127\.0\.0\.1, any port but /,
    ],
    [
      ['--family', 'ipv6', '--verdict', 'redirected'],
      /^Found no flows that are ipv6 and have the verdict redirected\.\n/,
    ],
    [['--verdict', 'looped,dropped'], /^Found no flows that have the verdict looped or dropped\.\n/],
  ]
  for (const [args, said] of asked) {
    const { status, stdout, stderr } = find('--rules', 'osm@1.2', ...args)
    t.same([status, stderr], [0, ''])
    t.match(stdout, said, args.join(' '))
  }
})

t.test('a rule that nobody here can judge is named, and nothing is claimed of what rests on it', async (t) => {
  const from = t.testdir({
    'odd.txt':
      '*nat\n-A OUTPUT -p tcp -m statistic --mode nth --every 2 --packet 0 -j REDIRECT --to-ports 15001\nCOMMIT\n',
  })
  const { status, stdout } = resident(
    ['find', '--static', '--rules', 'file:odd.txt', '--mesh', 'osm', '--verdict', 'looped'],
    { from },
  )
  t.equal(status, 0)
  t.match(stdout, /^Found no flows that have the verdict looped, as far as is known\.\n/)
  t.match(stdout, /\nOf \d+ classes nothing is predicted: rule 1 of chain OUTPUT leaves it to chance\.\n/)
})

t.test(
  'of a node with many services the first lines say that not all is told, and few lines what is not known',
  async (t) => {
    // No two are neighbours.
    const services = Array.from({ length: 1400 }, (_, index) => ({
      at: `${(2 * index) >> 8}.${(2 * index) & 255}`,
      name: `SVC-${index}`,
    }))
    const rules = [
      ...services.map(({ name }) => `:${name} - [0:0]`),
      ...services.map(({ at, name }) => `-A OUTPUT -d 198.18.${at}/32 -p tcp -m tcp --dport 80 -j ${name}`),
      ...services.flatMap(({ at, name }) => [
        `-A ${name} -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.9.${at}:1`,
        `-A ${name} -p tcp -j DNAT --to-destination 10.9.${at}:2`,
      ]),
    ]
    const from = t.testdir({ 'node.txt': ['*nat', ...rules, 'COMMIT', ''].join('\n') })
    const about = [
      '--rules',
      'file:node.txt',
      '--mesh',
      'osm',
      '--proto',
      'tcp',
      '--from',
      'pod',
      '--verdict',
      'unknown',
    ]
    const ask = (...more: string[]) => resident(['find', '--static', ...about, ...more], { from })
    const { stdout } = await ask()
    t.match(
      stdout,
      /^Found at least \d+ kinds of flows that [^\n]*\nnot all: what differs in little but the members of large sets is told by 1000 classes\nproxy: /,
    )
    t.equal(stdout.match(/^Of 1 class nothing is predicted: rule 1 of chain SVC-/gm)?.length, 5)
    t.match(stdout, /\nNor of \d+ classes more, for \d+ other reasons; --verbose tells them\.\n/)
    const all = (await ask('--verbose')).stdout
    t.ok((all.match(/^Of 1 class nothing is predicted: /gm)?.length ?? 0) > 400)
    t.notMatch(all, /\nNor of /)
  },
)

t.test('a peer stands at each interface that the rules name', async (t) => {
  const from = t.testdir({ 'net1.txt': '*nat\n-A PREROUTING ! -i net1 -p tcp -j REDIRECT --to-ports 15003\nCOMMIT\n' })
  const { status, stdout } = resident(
    ['find', '--static', '--rules', 'file:net1.txt', '--mesh', 'osm', '--from', 'net1', '--proto', 'tcp'],
    { from },
  )
  t.equal(status, 0)
  t.match(stdout, /\n1\. tcp ipv4, coming in by net1, .*\n {3}direct, answered by the application; /)
})

t.test('what is not known is refused with the nearest right name', async (t) => {
  const wrong: readonly [args: string[], said: RegExp][] = [
    [['--verdict', 'dirct'], /^sidetrack: --verdict: 'dirct' is no verdict; did you mean direct\?\n$/],
    [['--identity', 'prox'], /^sidetrack: --identity: 'prox' is no identity; did you mean proxy\?\n$/],
    [['--not-identity', '1500:0:0'], /^sidetrack: --not-identity: '1500:0:0' is no identity; /],
    [
      ['--reaches', 'outbund'],
      /^sidetrack: --reaches: 'outbund' is no place that flows reach; did you mean outbound\?\n$/,
    ],
    [['--reaches', '70000'], /^sidetrack: --reaches: '70000' is no port; /],
    [
      ['--decided-by', 'nat OSM_PROXY_OUTBUND 3'],
      /^sidetrack: --decided-by: 'OSM_PROXY_OUTBUND' is no chain of nat; did you mean OSM_PROXY_OUTBOUND\?\n$/,
    ],
    [
      ['--decided-by', 'nat OSM_PROXY_OUTBOUND 9'],
      /^sidetrack: --decided-by: nat OSM_PROXY_OUTBOUND has rules 1 to \d, and no rule 9\n$/,
    ],
    [
      ['--decided-by', 'OSM_PROXY_OUTBOUND'],
      /^sidetrack: --decided-by: 'OSM_PROXY_OUTBOUND' is no 'TABLE CHAIN N', such as /,
    ],
    [['--from', 'eth1'], /^sidetrack: --from: 'eth1' is no place where flows begin; did you mean eth0\?\n$/],
    [['--proto', 'sctp'], /^sidetrack: --proto: 'sctp' is no protocol; /],
    [['--iptables', 'nft'], /^sidetrack: --iptables: nothing is applied; leave out --static\n$/],
  ]
  for (const [args, said] of wrong)
    t.match(find('--rules', 'osm@1.2', ...args), { status: 2, stdout: '', stderr: said }, args.join(' '))
})

t.test('one of each kind is sent through a pod, and sidetrack.find/1 tells what was seen', async (t) => {
  const { status, stdout, stderr } = sidetrack(
    'find --rules osm@1.2 --verdict redirected,direct --reaches app --json'.split(' '),
  )
  t.same([status, stderr], [0, ''])
  const json = JSON.parse(stdout)
  // Strict: a field that the schema does not know is one that nobody documented.
  t.same(v.safeParse(v.strictObject(findSchema.entries), json).issues ?? [], [])
  t.match(json, {
    schema: 'sidetrack.find/1',
    searched: { isWhole: true, unknown: [] },
    driven: { iptables: { backend: 'nft' }, flows: json.answers.length, disagreements: [] },
  })
  for (const { observed, predicted, asPredicted } of json.answers)
    t.match(observed, {
      verdict: predicted.verdict,
      decidedBy: predicted.decidedBy && { rule: predicted.decidedBy.rule },
    }) && t.ok(asPredicted)
})

t.test('where there are none, one flow of each class is sent', async (t) => {
  const { status, stdout } = sidetrack(
    'find --rules osm@1.2 --verdict dropped --from eth0 --iptables legacy'.split(' '),
  )
  t.equal(status, 0)
  t.match(stdout, /^Found no flows that begin outside and come in by eth0 and have the verdict dropped\.\n/)
  t.match(stdout, /\n\d\d flows sent, with iptables-legacy 1\.[\d.]+: all fare as predicted, one of each class\.\n/)
})
