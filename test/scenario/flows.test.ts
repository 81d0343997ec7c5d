import t from 'tap'
import { isFlow } from '../../harness/scenario/registry.ts'
import { collectIssues } from '../../harness/input/issues.ts'
import { formatIssue, HarnessError, type Issue } from '../../harness/core/errors.ts'
import { type ExpectationName, expectations } from '../../harness/scenario/expectations.ts'
import { app, as, inner, proxy, remote, root } from '../../harness/scenario/dsl.ts'

t.test('senders differ in identity and origin', async (t) => {
  const identities = [app, proxy, root, remote, inner].map((sender) => {
    const { identity, origin } = sender.tcp('peer:80').isDirect().flow
    return [identity, origin]
  })
  t.same(identities, [
    ['app', { kind: 'pod' }],
    ['proxy', { kind: 'pod' }],
    ['root', { kind: 'pod' }],
    ['remote', { kind: 'peer', interface: 'eth0' }],
    ['app', { kind: 'inner' }],
  ])
  t.same(remote.on('net1').tcp('pod:80').isDirect().flow.origin, { kind: 'peer', interface: 'net1' })
})

t.test("numbers make an identity: the group is the user's by default, supplementary ones are a set", async (t) => {
  t.same(as({ uid: 1501 }).tcp('peer:80').isDirect().flow.identity, { uid: 1501, gid: 1501, groups: [] })
  t.same(
    as({ uid: 1, gid: 2, groups: [9, 3, 9, 2] })
      .tcp('peer:80')
      .isDirect().flow.identity,
    { uid: 1, gid: 2, groups: [3, 9] },
  )
})

t.test('expectations', async (t) => {
  const draft = app.tcp('peer:80')
  t.same(draft.isRedirected('outbound').expected, { verdict: 'redirected', listener: 'outbound' })
  t.same(draft.isRedirected('inbound', { then: ['app'] }).expected, {
    verdict: 'redirected',
    listener: 'inbound',
    then: ['app'],
  })
  t.same(draft.isCaptured('outbound').expected, { verdict: 'captured', listener: 'outbound' })
  t.same(draft.isCaptured('inbound', { then: [] }).expected, { verdict: 'captured', listener: 'inbound', then: [] })
  t.same(draft.isDirect().expected, { verdict: 'direct' })
  t.same(draft.isDirect({ answeredBy: 'peer' }).expected, { verdict: 'direct', answeredBy: 'peer' })
  t.same(draft.isTranslated('pod:80').expected, { verdict: 'translated', to: 'pod:80' })
  t.same(draft.isRefused().expected, { verdict: 'refused' })
  t.same(draft.isRefused('peer').expected, { verdict: 'refused', refusedBy: 'peer' })
  t.same(draft.isDropped().expected, { verdict: 'dropped' })
  t.same(draft.isLooped().expected, { verdict: 'looped' })
})

t.test('a bad destination is refused with its file and line', async (t) => {
  const where = /flows\.test\.ts:\d+: 'peer' needs a port/
  for (const write of [() => app.tcp('peer'), () => app.tcp('peer:80').isTranslated('peer')]) {
    t.throws(write, HarnessError)
    t.throws(write, where)
  }
  t.throws(() => app.ping('peer:80'), /ICMP has none/)
})

type Call<T> = (...given: unknown[]) => T
type Draft = Record<ExpectationName | 'isRedirect', Call<unknown>>

/** As somebody without a type checker writes it. */
const untyped = { app, as, remote } as unknown as {
  app: Record<'tcp' | 'udp' | 'ping' | 'tpc' | 'http', Call<Draft>>
  remote: Record<'on' | 'at', Call<unknown>>
  as: Call<unknown>
}

const refused: [write: () => unknown, why: string][] = [
  [
    () => untyped.app.tcp('peer:80', { serverfirst: true }),
    "app.tcp('peer:80'): unknown option 'serverfirst', did you mean 'serverFirst'?",
  ],
  [
    () => untyped.app.tcp('peer:80', { colour: 1 }),
    "app.tcp('peer:80'): unknown option 'colour'; options are sourceAddress, bindToDevice, mark, tos, transparent, sourcePort, serverFirst, http, raw",
  ],
  [
    () => untyped.app.udp('peer:80', { http: true }),
    "app.udp('peer:80'): unknown option 'http'; options are sourceAddress, bindToDevice, mark, tos, transparent, sourcePort",
  ],
  [
    () => untyped.app.ping('peer', { sourcePort: 1 }),
    "app.ping('peer'): unknown option 'sourcePort'; options are sourceAddress, bindToDevice, mark, tos, transparent",
  ],
  [
    () => untyped.app.tcp('peer:80', { toString: 1 }),
    "app.tcp('peer:80'): unknown option 'toString'; options are sourceAddress, bindToDevice, mark, tos, transparent, sourcePort, serverFirst, http, raw",
  ],
  [() => untyped.app.tcp('peer:80', { http: 'yes' }), "app.tcp('peer:80'): http: 'yes' is neither true nor false"],
  [
    () => untyped.app.tcp('peer:80', { raw: 'FIN,ECE' }),
    "app.tcp('peer:80'): raw: 'FIN,ECE' is no list of TCP flags; they are FIN, SYN, RST, PSH, ACK, URG, or NONE",
  ],
  [() => untyped.app.tcp('peer:80', { raw: 'SYN' }), "app.tcp('peer:80'): raw: SYN begins a connection: leave raw out"],
  [() => untyped.app.tcp('peer:80', { raw: 'ACK', http: true }), "app.tcp('peer:80'): nobody talks over a raw segment"],
  [
    () => untyped.app.tcp('peer:80', { http: true, serverFirst: true }),
    "app.tcp('peer:80'): serverFirst and http cannot both be: over HTTP it is the client that speaks first",
  ],
  [
    () => untyped.app.tcp('peer:80', { sourcePort: 65536 }),
    "app.tcp('peer:80'): sourcePort: 65536 is not a whole number from 1 to 65535",
  ],
  [
    () => untyped.app.tcp('peer:80', { sourceAddress: 'pod' }),
    "app.tcp('peer:80'): sourceAddress: 'pod' is not an IP address",
  ],
  [
    () => untyped.app.tcp('peer:80', { bindToDevice: 'a b' }),
    "app.tcp('peer:80'): bindToDevice: not an interface name: 'a b'",
  ],
  [() => untyped.app.tcp('peer:80', { marks: 1 }), "app.tcp('peer:80'): unknown option 'marks', did you mean 'mark'?"],
  [
    () => untyped.app.tcp('peer:80', { mark: 0 }),
    "app.tcp('peer:80'): mark: 0 is not a whole number from 1 to 4294967295",
  ],
  [
    () => untyped.app.tcp('peer:80', { transparent: 'yes' }),
    "app.tcp('peer:80'): transparent: 'yes' is neither true nor false",
  ],
  [
    () => untyped.app.tcp('pod:80').isRedirected('inbound', { sorce: 'client' }),
    "app.tcp('pod:80').isRedirected: unknown option 'sorce', did you mean 'source'?",
  ],
  [
    () => untyped.app.tcp('pod:80').isRedirected('inbound', { source: 'peer' }),
    "app.tcp('pod:80').isRedirected: source: not 'client' or an address: 'peer'",
  ],
  [
    () => untyped.app.tcp('peer:80', 'http'),
    "app.tcp('peer:80'): 'http' is no object; its options are sourceAddress, bindToDevice, mark, tos, transparent, sourcePort, serverFirst, http, raw",
  ],
  [() => untyped.app.tcp(80), 'app.tcp: destination: 80 is no text'],
  [() => untyped.app.tcp(), 'app.tcp: destination: is missing'],
  [() => untyped.app.tcp('peer:80', {}, {}), "app.tcp('peer:80'): takes 2 values at most, and was given 3"],
  [() => untyped.app.tcp('203.0.113.10:99999'), "'203.0.113.10:99999' needs a port between 1 and 65535"],
  [
    () => untyped.app.tcp('pood:80'),
    "'pood:80' is no endpoint: write ADDRESS:PORT, [IPV6]:PORT, pod:PORT, pod.net1:PORT, peer:PORT or lo:PORT",
  ],
  [() => untyped.app.tpc('peer:80'), "app: unknown method 'tpc', did you mean 'tcp'?"],
  [() => untyped.app.http('peer:80'), "app: unknown method 'http'; methods are tcp, udp, ping"],
  [() => untyped.remote.at('net1'), "remote: unknown method 'at'; methods are tcp, udp, ping, on"],
  [() => untyped.remote.on(1), 'remote.on: interface: 1 is no text'],
  [() => untyped.remote.on('net/1'), "remote.on: interface: not an interface name: 'net/1'"],
  [() => untyped.as({ uid: -1 }), 'as: uid: -1 is not a whole number from 0 to 4294967294'],
  [() => untyped.as({ uid: 1, gid: 1.5 }), 'as: gid: 1.5 is not a whole number from 0 to 4294967294'],
  [() => untyped.as({ uid: 1, groups: [1, '2'] }), "as: groups.1: '2' is not a whole number from 0 to 4294967294"],
  [() => untyped.as({ uid: 1, groups: 2 }), 'as: groups: 2 is no list'],
  [() => untyped.as({ uid: 1, grops: [2] }), "as: grops: no such field, did you mean 'groups'?"],
  [() => untyped.as(1000), 'as: 1000 is no object; its fields are uid, gid, groups'],
]

for (const [expectation, given, why] of [
  ['isRefused', ['foo'], "by: 'foo' is none of pod, peer"],
  ['isRedirected', ['outbond'], "listener: 'outbond' is none of outbound, inbound, dns, did you mean 'outbound'?"],
  ['isRedirected', [], 'listener: is missing'],
  ['isRedirected', ['outbound', { than: [] }], "unknown option 'than', did you mean 'then'?"],
  ['isRedirected', ['outbound', ['app']], 'a list is no object; its options are then, source, answered'],
  ['isRedirected', ['outbound', { then: 'app' }], "then: 'app' is no list"],
  ['isDirect', ['peer'], "'peer' is no object; its options are answeredBy, source, answered"],
  ['isDirect', [{}], 'says none of answeredBy, source and answered'],
  ['isDirect', [{ answered: true }], 'answered is said of udp, ping and raw segments alone'],
  ['isDirect', [{ source: 'client' }], "source: 'client' is not an IP address"],
  ['isDirect', [{ answered: 1 }], 'answered: is neither true nor false'],
  [
    'isDirect',
    [{ answeredBy: 5 }],
    'answeredBy: 5 is none of app, peer, envoy-outbound, envoy-inbound, envoy-dns, envoy-admin, envoy-status, envoy-health, envoy-metrics, envoy-tunnel, envoy-probe, envoy-control',
  ],
  ['isTranslated', [80], 'to: 80 is no text'],
  ['isTranslated', ['pod:80', {}], 'says none of then, source and answered'],
  ['isDropped', [true], 'takes nothing, and was given 1'],
  ['isLooped', [1, 2], 'takes nothing, and was given 2'],
] as const)
  refused.push([() => untyped.app.tcp('peer:80')[expectation](...given), `app.tcp('peer:80').${expectation}: ${why}`])
refused.push([
  () => untyped.app.tcp('peer:80').isRedirect('outbound'),
  "app.tcp('peer:80'): unknown expectation 'isRedirect', did you mean 'isRedirected'?",
])

t.test(
  'what does not fit is refused when it is made, with its line, its field and the nearest right name',
  async (t) => {
    for (const [write, why] of refused) {
      const [issue] = issuesOf(write)
      t.match(issue?.file, /flows\.test\.ts$/)
      t.ok((issue?.line ?? 0) > 40, why)
      t.equal(formatIssue({ file: '', what: issue?.what ?? '' }, ''), `: ${why}`)
    }
  },
)

function issuesOf(write: () => unknown): readonly Issue[] {
  try {
    write()
  } catch (error) {
    if (error instanceof HarnessError) return error.issues
  }
  return []
}

t.test('every expectation of a draft is in the table that says what it takes', async (t) => {
  t.same(Object.keys(app.tcp('peer:80')).sort(), Object.keys(expectations).sort())
})

t.test('a process that cannot be does not stand in as another one', async (t) => {
  const { issues } = await collectIssues(async () => {
    const nobody = as({ uid: -1 })
    return [nobody.tcp('peer:80').isDirect(), app.tcp('peer:80').isDirect()].filter(
      (flow) => flow.flow?.identity === 'app',
    ).length
  })
  t.equal(issues.length, 1)
  const { value } = await collectIssues(async () => isFlow(as({ uid: -1 }).tcp('peer:80').isDirect()))
  t.equal(value, false)
})
