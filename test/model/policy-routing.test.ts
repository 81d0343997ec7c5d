import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import type { PodPlan } from '../../harness/flow/pod-plan.ts'
import type { Family } from '../../harness/core/address.ts'
import type { RoutingRule, TableRoute } from '../../harness/flow/policy-routing.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { from, given, nat, ping, tcpTo, udp } from './flows.ts'
import { type Case, podPlan, podAddresses } from './pod.ts'

const sandbox = await openSandbox(t)

const everything = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const
const localDefault = (family: Family, table = 133): TableRoute => ({
  family,
  table,
  destination: everything[family],
  type: 'local',
  dev: 'lo',
})
const byNet1 = (family: Family, table: number): TableRoute => ({
  ...localDefault(family, table),
  type: 'unicast',
  dev: 'net1',
  via: podAddresses.peer('net1', family),
})

/** A flow through rules, with policy routing of its family. */
function routed(
  tables: Readonly<Record<string, readonly string[]>>,
  flow: FlowPlan,
  rules: readonly Omit<RoutingRule, 'family'>[],
  routes: readonly ((family: Family) => TableRoute)[] = [localDefault],
): Case {
  const { family } = flow
  const routing = { rules: rules.map((rule) => ({ family, ...rule })), routes: routes.map((route) => route(family)) }
  return { ...given(tables, flow, flow.origin.kind === 'inner'), routing }
}

const mark = [{ fwmark: 1, table: 133 }]
const marking = { mangle: ['-A OUTPUT -j MARK --set-mark 1'] }
const outside = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' } as const
/** Where a route leads everything to the pod itself, its sender says where it comes from. */
const fromPod = (flow: FlowPlan): FlowPlan => ({ ...flow, source: { address: podAddresses.pod('eth0', flow.family) } })
const inner = (flow: FlowPlan): FlowPlan => ({ ...flow, origin: { kind: 'inner' } })
const transparent = (given: Case): Case => ({ ...given, transparent: true })
const diverting = { mangle: ['-A PREROUTING -i br0 -p tcp -j TPROXY --on-port 15003 --tproxy-mark 0x1/0xffffffff'] }
/** What goes out by net1 is lost, so that a flow shows which way it has gone. */
const withoutNet1 = (...rules: string[]) => ({ mangle: ['-A POSTROUTING -o net1 -j DROP', ...rules] })
const dropping = (type: string, chain = 'INPUT') => ({ filter: [`-A ${chain} -m addrtype ${type} -j DROP`] })
const network = (family: Family): TableRoute => ({ ...localDefault(family), destination: '2001:db8::/64' })
const twice = [(family: Family) => byNet1(family, 300), localDefault]

const cases: readonly KnownCase[] = [
  [
    'a mark of mangle OUTPUT has another route, here to the pod itself',
    routed(marking, tcpTo(outside.ipv6, 80), mark),
    /^direct app → app \[2001/,
  ],
  [
    'IPv4 answers nobody from an address that is not its own',
    routed(marking, tcpTo(outside.ipv4, 80), mark),
    /^dropped/,
  ],
  ['nor does it refuse from there', routed(marking, tcpTo(outside.ipv4, 81), mark), /^dropped/],
  ['but IPv6 does', routed(marking, tcpTo(outside.ipv6, 81), mark), /^refused by pod/],
  [
    'an echo request arrives, and IPv4 has no answer to it',
    routed(marking, ping(tcpTo(outside.ipv4, 0)), mark),
    /^direct app unanswered/,
  ],
  ['and IPv6 has', routed(marking, ping(tcpTo(outside.ipv6, 0)), mark), /^direct app →/],
  ['a datagram has no socket there', routed(marking, udp(tcpTo(outside.ipv4, 53)), mark), /^dropped/],
  ['which IPv6 says', routed(marking, udp(tcpTo(outside.ipv6, 53)), mark), /^refused by pod/],
  [
    'IPv4 does not send what would come from a foreign address, as where a socket without a source is marked',
    routed({}, { ...tcpTo(outside.ipv4, 80), mark: 1 }, mark),
    /^dropped/,
  ],
  ['nor a datagram', routed({}, udp({ ...tcpTo(outside.ipv4, 53), mark: 1 }), mark), /^dropped/],
  ['but from a source of its own', routed({}, fromPod({ ...tcpTo(outside.ipv4, 80), mark: 1 }), mark), /^dropped/],
  [
    "the pod's own podAddresses come before any rule",
    routed(marking, tcpTo('10.244.0.5', 80), [{ fwmark: 1, priority: 0, table: 133 }]),
    /^direct app/,
  ],
  [
    'a mark of nat OUTPUT comes too late',
    routed(nat('-A OUTPUT -j MARK --set-mark 1'), tcpTo(outside.ipv4, 80), mark),
    /^direct peer/,
  ],
  [
    'unless the destination changes as well',
    routed(
      nat('-A OUTPUT -j MARK --set-mark 1', '-A OUTPUT -p tcp -j DNAT --to-destination 198.51.100.1'),
      tcpTo(outside.ipv4, 80),
      mark,
    ),
    /^dropped/,
  ],
  [
    'a mark of raw counts at the next look alone',
    routed({ raw: ['-A OUTPUT -j MARK --set-mark 1'] }, tcpTo(outside.ipv4, 80), mark),
    /^direct peer/,
  ],
  [
    'a mark has a way out by another interface',
    routed(withoutNet1('-A OUTPUT -j MARK --set-mark 1'), tcpTo(outside.ipv4, 80), mark, [
      (family) => byNet1(family, 133),
    ]),
    /^dropped/,
  ],
  [
    'of two rules without a priority the later one is asked first',
    routed(
      withoutNet1(),
      tcpTo(outside.ipv4, 80),
      [{ table: 133 }, { table: 300 }],
      [(family) => byNet1(family, 133), (family) => byNet1(family, 300)],
    ),
    /^dropped/,
  ],
  [
    'where a priority says so, it is not',
    routed(
      {},
      tcpTo(outside.ipv6, 80),
      [
        { fwmark: 0, priority: 9, table: 300 },
        { priority: 8, table: 400 },
      ],
      twice,
    ),
    /^direct peer/,
  ],
  [
    'a rule behind table main is never asked',
    routed(withoutNet1(), tcpTo(outside.ipv4, 80), [{ priority: 40_000, table: 300 }], twice),
    /^direct peer/,
  ],
  [
    'only the bits of a mask count',
    routed(marking, tcpTo(outside.ipv4, 80), [{ fwmark: 3, mask: 1, table: 133 }]),
    /^dropped/,
  ],
  [
    'what the pod sends has come in by lo',
    routed({}, ping(tcpTo(outside.ipv6, 0)), [{ iif: 'eth0', table: 133 }]),
    /^direct peer/,
  ],
  [
    'a route to the pod itself makes a client strange to IPv4',
    routed({}, from('eth0', tcpTo('10.244.0.5', 80)), [{ iif: 'lo', table: 133 }]),
    /^dropped/,
  ],
  [
    'what is forwarded must not come from where an answer would be routed to the pod itself',
    routed({}, inner(udp(tcpTo('10.245.0.77', 53))), [{ iif: 'net1', table: 133 }]),
    /^dropped/,
  ],
  [
    'a rule for another interface does not bring the answer there',
    routed({}, inner(udp(tcpTo('10.245.0.77', 53))), [{ iif: 'lo', table: 133 }]),
    /^direct peer/,
  ],
  [
    'what comes for the pod is answered by lo',
    routed({}, from('net1', udp(tcpTo('10.245.0.5', 53))), [{ iif: 'net1', table: 133 }]),
    /^direct app/,
  ],
  [
    'to addrtype an IPv6 address is local by policy routing, too',
    routed(dropping('! --src-type LOCAL'), from('eth0', udp(tcpTo('fd00:10::5', 53))), [{ table: 133 }]),
    /^direct app/,
  ],
  [
    'but not by a rule that asks for a mark',
    routed(
      { ...dropping('! --src-type LOCAL'), mangle: ['-A PREROUTING -j MARK --set-mark 1'] },
      from('eth0', udp(tcpTo('fd00:10::5', 53))),
      mark,
    ),
    /^dropped/,
  ],
  [
    'nor by one for the interface that the packet has come in by',
    routed(dropping('! --src-type LOCAL'), from('eth0', udp(tcpTo('fd00:10::5', 53))), [{ iif: 'eth0', table: 133 }]),
    /^dropped/,
  ],
  [
    'nor where the interface limits what is local',
    routed(dropping('! --src-type LOCAL --limit-iface-in'), from('eth0', udp(tcpTo('fd00:10::5', 53))), [
      { table: 133 },
    ]),
    /^dropped/,
  ],
  [
    'an IPv4 address is local by table local alone',
    routed(dropping('--dst-type LOCAL', 'OUTPUT'), fromPod(ping(tcpTo(outside.ipv4, 0))), [{ table: 133 }]),
    /^direct app unanswered/,
  ],
  [
    'a route of policy routing has an anycast address, too',
    routed(
      dropping('--dst-type ANYCAST', 'OUTPUT'),
      fromPod(ping(tcpTo('2001:db8::', 0))),
      [{ table: 133 }],
      [network],
    ),
    /^dropped/,
  ],
  [
    'unless a gateway is on the way',
    routed(
      dropping('--dst-type ANYCAST', 'OUTPUT'),
      ping(tcpTo('2001:db8::', 0)),
      [{ table: 133 }],
      [(family) => ({ ...byNet1(family, 133), destination: '2001:db8::/64' })],
    ),
    /^direct peer/,
  ],
  [
    'whether it leads to the pod itself or out',
    routed(
      dropping('--dst-type ANYCAST', 'OUTPUT'),
      ping(tcpTo('2001:db8::', 0)),
      [{ table: 133 }],
      [() => ({ ...network('ipv6'), type: 'unicast', dev: 'eth0' })],
    ),
    /^dropped/,
  ],
  [
    'a network that the pod is on has none, since no route of its own leads there',
    routed(dropping('--dst-type ANYCAST', 'OUTPUT'), ping(tcpTo('fd00:10::', 0)), []),
    /^direct peer/,
  ],
  [
    'to addrtype lo has its other addresses, too',
    {
      ...given(dropping('--src-type LOCAL --limit-iface-in'), { ...tcpTo('::1', 80), source: { address: '::6' } }),
      inbound: { from: { ipv4: '127.0.0.6', ipv6: '::6' } },
    },
    /^dropped/,
  ],
  [
    'TPROXY alone does not bring what the pod forwards to it',
    transparent(routed(diverting, inner(tcpTo(outside.ipv4, 80)), [])),
    /^dropped/,
  ],
  [
    'a rule for its mark does',
    transparent(routed(diverting, inner(tcpTo(outside.ipv4, 80)), mark)),
    /^redirected inbound/,
  ],
  [
    'the answer to what is marked may be brought back by the mark of its connection',
    routed(
      {
        mangle: [
          '-A PREROUTING -i eth0 -j CONNMARK --set-mark 1',
          '-A OUTPUT -m connmark --mark 1 -j CONNMARK --restore-mark',
        ],
      },
      from('eth0', tcpTo('10.244.0.5', 80)),
      mark,
    ),
    /^dropped/,
  ],
]

testBothWorlds(sandbox, cases)

t.test('nobody here knows where the address leads that all routers of a network share', async (t) => {
  const plan = podPlan('nft', given({}, ping(tcpTo('fd00:10::', 0)), true))
  t.match(predictPod(plan, { ok: true }), [{ unknown: /^fd00:10:: is shared by all routers/ }])
})

t.test('a pod that other rules are loaded into has nothing left of it', async (t) => {
  const flow = ping(tcpTo(outside.ipv6, 0))
  const plans = [routed({}, flow, [{ table: 133 }]), given({}, flow), routed({}, flow, [{ table: 133 }])].map((given) =>
    podPlan('nft', given),
  )
  const answers: unknown[] = []
  await using pod = await sandbox.stand(plans[0]?.pod as PodPlan)
  for (const plan of plans) {
    await pod.load(plan)
    for await (const result of pod.send(plan.flows)) answers.push('observed' in result && result.observed.answeredBy)
  }
  t.same(answers, ['app', 'peer', 'app'])
})

t.test('what the kernel refuses is told', async (t) => {
  const rule = { fwmark: 1, priority: 9, table: 133 }
  const refused = async (given: Case): Promise<void> => {
    const plan = podPlan('nft', given)
    await using pod = await sandbox.stand(plan.pod)
    await pod.load(plan)
  }
  const flow = tcpTo(outside.ipv4, 80)
  await t.rejects(refused(routed({}, flow, [rule, rule])), {
    fault: 'rules',
    message: /^the kernel refuses .*rule add fwmark 1 lookup 133: EEXIST/,
  })
  await t.rejects(refused(routed({}, flow, [], [(family) => ({ ...localDefault(family), dev: 'net9' })])), {
    fault: 'rules',
    message: /names net9, which the pod does not have/,
  })
})
