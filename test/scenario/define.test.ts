import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { app, inner, osm, remote, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import type { ScenarioInput } from '../../harness/scenario/input.ts'

const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]

/** The line that a user sees, the file's place cut off to its name and line. */
function refusal(define: () => unknown): string {
  try {
    define()
  } catch (error) {
    if (error instanceof HarnessError && error.fault === 'input') return error.line.replace(/^.*\/(?=[^/]+:\d+:)/, '')
    throw error
  }
  return 'accepted'
}

t.test('a scenario that says little gets the defaults', async (t) => {
  t.match(scenario('s', { rules: osm(), flows }), {
    title: 's',
    mesh: 'osm',
    rules: { kind: 'config', config: {}, podAnnotations: {} },
    releases: {},
    applyTimes: 1,
    interfaces: [],
    apps: [],
    services: [],
    closed: [],
    proxy: 'up',
    inner: false,
    tags: [],
  })
  t.equal(scenario('s', { rules: osm(), flows }).rejected, undefined)
  t.equal(scenario('s', { rules: osm(), flows }).families, undefined)
})

t.test('everything a scenario can say is read', async (t) => {
  const made = scenario('s', {
    rules: ruleText('osm', '*nat\nCOMMIT'),
    releases: '>=1.1',
    apply: { times: 2 },
    applies: { rejectedAt: 3, leaves: 'part' },
    interfaces: ['net1'],
    apps: [{ port: 80 }, { port: 53, protocol: 'udp', bind: '127.0.0.2', identity: 'root' }],
    services: { '10.96.0.10:80': 'pod.net1:8080' },
    closed: ['peer.net1:81'],
    proxy: 'down',
    inner: true,
    families: ['ipv6'],
    tags: ['slow'],
    flows: [inner.tcp('203.0.113.10:80').isDropped()],
  })
  t.match(made, {
    rules: { kind: 'text', text: '*nat\nCOMMIT' },
    releases: { from: '1.1' },
    applyTimes: 2,
    rejected: { at: 3, leaves: 'part' },
    interfaces: ['net1'],
    apps: [
      { port: 80, protocol: 'tcp', bind: 'any', identity: 'app' },
      { port: 53, protocol: 'udp', bind: '127.0.0.2', identity: 'root' },
    ],
    services: [{ at: { address: '10.96.0.10', port: 80 }, to: { kind: 'pod', interface: 'net1', port: 8080 } }],
    closed: [{ kind: 'peer', interface: 'net1', port: 81 }],
    proxy: 'down',
    inner: true,
    families: ['ipv6'],
    tags: ['slow'],
  })
})

/** The line of this file that called. */
const here = (): number =>
  Number(/define\.test\.ts:\d+[\s\S]*?define\.test\.ts:(\d+)/.exec(new Error().stack ?? '')?.[1])

t.test('scenario and flows know the file and the line they are written on', async (t) => {
  const first = app.tcp('203.0.113.10:80').isDirect()
  const firstLine = here() - 1
  const made = scenario('s', { rules: osm(), flows: [first, app.tcp('203.0.113.10:81').isDirect()] })
  const madeLine = here() - 1
  t.match(made.location.file, /test\/scenario\/define\.test\.ts$/)
  t.equal(made.location.line, madeLine)
  t.same([made.flows[0]?.location.line, made.flows[1]?.location.line], [firstLine, madeLine])
})

t.test(
  'a flow of a family that the pod has no address of is refused where it is written, but for one to loopback',
  async (t) => {
    const only = (destination: string) =>
      scenario('s', { rules: osm(), podIPs: ['ipv6'], flows: [app.tcp(destination).isDirect()] })
    t.throws(
      () => only('203.0.113.10:80'),
      /app-tcp-203\.0\.113\.10:80 goes over ipv4, of which the pod has no address; add it to 'podIPs'/,
    )
    t.same(only('127.0.0.1:80').podIPs, ['ipv6'])
    t.same(only('[2001:db8::1]:80').podIPs, ['ipv6'])
    t.same(only('lo:80').podIPs, ['ipv6'])
  },
)

t.test('a flow that a helper of the file made is on the line that called the helper', async (t) => {
  const direct = (port: number) => app.tcp(`203.0.113.10:${port}`).isDirect()
  const [single, ...several] = [direct(80), ...[81, 82].map(direct)]
  const line = here() - 1
  t.equal(single?.location.line, line)
  t.same([several[0]?.location.line, several[1]?.location.line], [line, line])
})

/** As a scenario written without a type checker would hand it over. */
const untyped = (input: object): ScenarioInput => ({ rules: osm(), flows, ...input }) as ScenarioInput

const refused: [input: object, why: RegExp][] = [
  [{ flows: [] }, /flows: a scenario needs at least one flow/],
  [{ flows: [app.tcp('203.0.113.10:80')] }, /flows\.0.*a flow lacks its expectation|flows\.0/],
  [{ flow: [] }, /flow: no such field, did you mean 'flows'\?/],
  [{ familys: ['ipv4'] }, /, familys: no such field, did you mean 'families'\?/],
  [{ nonsense: 1 }, /nonsense: no such field; fields are rules, flows, releases/],
  [{ flows: 7 }, /flows: 7 is no list/],
  [{ flows: [{ flow: {}, expected: { verdict: 'direct' } }] }, /flows\.0: an object is no flow; write app\.tcp/],
  [{ rules: {} }, /rules\.kind/],
  [{ rules: { kind: 'text', mesh: 'osm', text: 1 } }, /rules\.text: 1 is no text/],
  [
    { rules: { kind: 'text', mesh: 'istioo', text: '' } },
    /rules\.mesh: 'istioo' is none of istio, osm, .*did you mean 'istio'\?/,
  ],
  [{ rules: { kind: 'config', mesh: 'osm', config: [], podAnnotations: {} } }, /rules\.config: a list is no object/],
  [{ releases: 12 }, /releases: 12 is no text/],
  [{ apply: { times: 11 } }, /apply\.times: 11 is not a whole number from 1 to 10/],
  [{ apply: { time: 2 } }, /apply\.time: no such field, did you mean 'times'\?/],
  [
    { applies: { rejectedAt: 1, leaves: 'nothin' } },
    /applies\.leaves: 'nothin' is none of nothing, part, did you mean 'nothing'\?/,
  ],
  [{ interfaces: 'net1' }, /interfaces: 'net1' is no list/],
  [{ interfaces: ['all'] }, /interfaces\.0: not an interface name/],
  [{ interfaces: ['..'] }, /interfaces\.0: not an interface name/],
  [{ interfaces: ['net1:1'] }, /interfaces\.0: not an interface name/],
  [{ interfaces: ['net%d'] }, /interfaces\.0: not an interface name/],
  [{ interfaces: Array.from({ length: 9 }, (_, index) => `net${index}`) }, /at most 8 interfaces beside eth0/],
  [{ interfaces: ['br0'], inner: true }, /br0 is a part of the inner bridge/],
  [{ behind: { eth0: ['172.17.0.0/16'] } }, /behind: eth0 is an interface that is there already/],
  [{ behind: { docker0: ['172.17.0.0'] } }, /'172\.17\.0\.0' is no network, such as 172\.17\.0\.0\/16/],
  [{ behind: { docker0: [] } }, /names no network/],
  [{ apps: { port: 80 } }, /apps: an object is no list/],
  [{ apps: [{ port: 80, protocol: 'sctp' }] }, /apps\.0\.protocol: 'sctp' is none of tcp, udp/],
  [{ apps: [{ prot: 80 }] }, /apps\.0\.prot: no such field, did you mean 'port'\?/],
  [{ apps: [{ port: 80, identity: { uid: 1, gid: 1 } }] }, /apps\.0\.identity\.groups: is missing/],
  [{ services: ['pod:80'] }, /services: a list is no object/],
  [{ services: { '10.96.0.10:80': 80 } }, /services\.10\.96\.0\.10:80: 80 is no text/],
  [{ closed: 'pod:80' }, /closed: 'pod:80' is no list/],
  [{ inner: 1 }, /inner: 1 is neither true nor false/],
  [{ families: 'ipv4' }, /families: 'ipv4' is no list/],
  [{ families: ['ipv5'] }, /families\.0: 'ipv5' is none of ipv4, ipv6/],
  [{ podIPs: 'ipv4' }, /podIPs: 'ipv4' is no list/],
  [{ podIPs: [] }, /podIPs: names no family/],
  [{ podIPs: ['ipv6', 'ipv6'] }, /podIPs: names a family twice/],
  [{ podIPs: ['ipv4'], families: ['ipv6'] }, /families: the pod has no ipv6 address; add it to 'podIPs'/],
  [{ tags: 'slow' }, /tags: 'slow' is no list/],
  [{ tags: [' '] }, /tags\.0: a tag is empty/],
  [{ timeout: '10s' }, /timeout: '10s' is not a whole number from 1 to 86400000/],
  [{ releases: 'newest' }, /not a range of releases: 'newest'/],
  [{ apply: { times: 0 } }, /apply\.times/],
  [{ applies: { rejectedAt: 0, leaves: 'part' } }, /applies\.rejectedAt/],
  [{ applies: { rejectedAt: 1, leaves: 'some' } }, /applies\.leaves/],
  [{ interfaces: ['net1', 'net1'] }, /interfaces: names an interface that is there already/],
  [{ interfaces: ['eth0'] }, /interfaces: names an interface that is there already/],
  [{ interfaces: ['sixteen-letters-'] }, /interfaces\.0: not an interface name/],
  [{ apps: [{ port: 65536 }] }, /apps\.0\.port/],
  [{ apps: [{ port: 80, bind: 'eth0' }] }, /apps\.0\.bind: not 'any', 'pod', 'lo' or an address/],
  [{ apps: [{ port: 80, identity: 'nobody' }] }, /apps\.0\.identity/],
  [{ services: { '10.96.0.10': 'pod:80' } }, /'10\.96\.0\.10' needs a port/],
  [
    { services: { '10.96.0.10:80': 'pod.net1:80' } },
    /pod\.net1:80 is on an interface that the scenario does not have; add net1/,
  ],
  [{ closed: ['peer.net1:80'] }, /peer\.net1:80 is on an interface/],
  [{ closed: ['somewhere:80'] }, /'somewhere:80' is no endpoint/],
  [{ proxy: 'asleep' }, /proxy: /],
  [{ families: [] }, /families: /],
  [{ beside: { befor: '' } }, /beside\.befor: no such field, did you mean 'before'\?/],
  [{ beside: { before: ' ' } }, /beside\.before: holds no rules/],
  [{ beside: 'iptables -F' }, /beside: 'iptables -F' is no object; its fields are before, after, otherBackend/],
  [{ cleanup: 'iptables -F' }, /cleanup: no such field, did you mean 'cleanUp'\?/],
  [{ cleanUp: 1 }, /cleanUp: 1 is no text/],
  [{ withoutRouting: 'yes' }, /withoutRouting: 'yes' is neither true nor false/],
]

t.test('what does not fit is refused with file, line, scenario and field', async (t) => {
  for (const [input, why] of refused) {
    const line = refusal(() => scenario('s', untyped(input)))
    t.match(line, /^define\.test\.ts:\d+: scenario 's'/, line)
    t.match(line, why)
  }
})

t.test('a title is one line of text, and not a long one', async (t) => {
  for (const [title, why] of [
    [7, /^define\.test\.ts:\d+: 7 is no text/],
    ['a\nb', /a title is one line/],
    ['x'.repeat(201), /a title has at most 200 characters/],
  ] as const)
    t.match(
      refusal(() => scenario(title as string, { rules: osm(), flows })),
      why,
    )
  t.match(
    refusal(() => (scenario as (...given: unknown[]) => unknown)('s')),
    /scenario 's', nothing is no object; its fields are rules, flows/,
  )
})

t.test('a mark, or a transparent socket, is for what the pod itself sends', async (t) => {
  const sent = (sender: typeof app, rest: object) =>
    refusal(() => scenario('s', { rules: osm(), flows: [sender.tcp('pod:80', rest).isDirect()] }))
  t.match(sent(remote, { mark: 1337 }), /remote-tcp-pod:80-mark-0x539 is marked, and is not sent from the pod/)
  t.match(
    sent(remote, { transparent: true }),
    /is transparent, and is not sent from the pod; no rule of the pod sees that of another host/,
  )
  t.equal(sent(app, { mark: 1337, sourceAddress: '203.0.113.9', transparent: true }), 'accepted')
})

t.test("of a TCP flow ECN is the kernel's own", async (t) => {
  const sent = (method: 'tcp' | 'udp', tos: number) =>
    refusal(() => scenario('s', { rules: osm(), flows: [remote[method]('pod:80', { tos }).isDirect()] }))
  t.match(sent('tcp', 0xb9), /tos-0xb9 has ECN in its tos, which the kernel keeps to itself for TCP; leave the lower/)
  t.equal(sent('tcp', 0xb8), 'accepted')
  t.equal(sent('udp', 0xb9), 'accepted')
  t.match(sent('udp', 256), /tos: 256 is not a whole number from 1 to 255/)
})

t.test('a flow that is bound to a device which its sender does not have is refused', async (t) => {
  const bound = (sender: typeof app, rest: object = {}) =>
    refusal(() =>
      scenario('s', { rules: osm(), ...rest, flows: [sender.tcp('peer:80', { bindToDevice: 'net1' }).isDirect()] }),
    )
  t.match(bound(app), /is bound to net1, which its sender does not have/)
  t.equal(bound(app, { interfaces: ['net1'] }), 'accepted')
  t.match(bound(remote, { interfaces: ['net1'] }), /is bound to net1, which its sender does not have/)
})

t.test('a name of an interface that nearly is one brings the right one', async (t) => {
  const away = [remote.on('net11').tcp('pod:80').isDirect()]
  t.match(
    refusal(() => scenario('s', { rules: osm(), interfaces: ['net1'], flows: away })),
    /did you mean 'net1'\?/,
  )
})

t.test('a scenario without a title is refused', async (t) => {
  t.match(
    refusal(() => scenario(' ', { rules: osm(), flows })),
    /^define\.test\.ts:\d+: a scenario needs a title/,
  )
})

t.test('a flow that needs what the scenario lacks is refused where the flow is written', async (t) => {
  const away = [remote.on('net1').tcp('pod:80').isDirect()]
  t.match(
    refusal(() => scenario('s', { rules: osm(), flows: away })),
    /^define\.test\.ts:\d+: remote\.net1-tcp-pod:80 names interface net1.*add it to 'interfaces'/,
  )
  const towards = [app.tcp('peer.net2:80').isDirect()]
  t.match(
    refusal(() => scenario('s', { rules: osm(), interfaces: ['net1'], flows: towards })),
    /names interface net2/,
  )
  const behind = [inner.tcp('203.0.113.10:80').isDirect()]
  t.match(
    refusal(() => scenario('s', { rules: osm(), flows: behind })),
    /add 'inner: true'/,
  )
})

t.test('a flow that stands twice is refused where the second one is written', async (t) => {
  const twice = [app.tcp('203.0.113.10:80').isDirect(), app.tcp('203.0.113.10:80').isRedirected('outbound')]
  t.match(
    refusal(() => scenario('s', { rules: osm(), flows: twice })),
    /^define\.test\.ts:\d+: app-tcp-203\.0\.113\.10:80 stands twice/,
  )
})
