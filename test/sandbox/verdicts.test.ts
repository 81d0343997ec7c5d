import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, as, proxy, remote } from '../../harness/scenario/dsl.ts'
import { drive, type LiteralPod, payload, plan, tell, unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

/** Makes the same pod under both backends and holds what happens against what is expected. */
function expected(title: string, pod: LiteralPod): void {
  t.test(title, async (t) => {
    await Promise.all(backends.map(async (backend) => t.same(await unmet(sandbox, backend, pod), [], backend)))
  })
}

const notProxy = '-m owner ! --uid-owner 1500'

expected('redirected: REDIRECT in OUTPUT, both families, whoever speaks first', {
  ipv4: { nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`] },
  ipv6: { nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`] },
  flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
    app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound'),
    app.tcp('203.0.113.10:8080', { http: true }).isRedirected('outbound'),
    app.tcp('[2001:db8::10]:80').isRedirected('outbound', { then: ['peer'] }),
    app.tcp('[2001:db8::10]:3306', { serverFirst: true }).isRedirected('outbound'),
    app.tcp('[2001:db8::10]:8080', { http: true }).isRedirected('outbound'),
    proxy.tcp('203.0.113.10:80').isDirect(),
    proxy.tcp('[2001:db8::10]:80').isDirect(),
  ],
})

expected('redirected: REDIRECT in PREROUTING, both families', {
  families: ['ipv4', 'ipv6'],
  ipv4: { nat: ['-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15003'] },
  ipv6: { nat: ['-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15003'] },
  flows: [
    remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    remote.tcp('pod:8081').isDirect({ answeredBy: 'app' }),
    app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
  ],
})

expected("redirected: DNAT to a listener's port", {
  ipv4: { nat: [`-A OUTPUT -p tcp ${notProxy} -j DNAT --to-destination 127.0.0.1:15001`] },
  ipv6: { nat: [`-A OUTPUT -p tcp ${notProxy} -j DNAT --to-destination [::1]:15001`] },
  flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), app.tcp('[2001:db8::10]:80').isRedirected('outbound')],
})

expected('redirected: the journey goes on to a service, to nobody, or to a port of the proxy itself', {
  ipv4: { nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`] },
  services: { '10.96.0.10:80': '203.0.113.20:8080' },
  closed: ['203.0.113.10:81'],
  flows: [
    app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['peer'] }),
    app.tcp('203.0.113.10:81').isRedirected('outbound', { then: ['refused'] }),
    app.tcp('pod:15003').isRedirected('outbound', { then: ['self'] }),
    proxy.tcp('10.96.0.10:80').isDirect(),
  ],
})

expected('redirected: the answer to what the proxy dials on is dropped', {
  ipv4: {
    nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`],
    filter: ['-A INPUT -i eth0 -p tcp --sport 81 -j DROP'],
  },
  flows: [
    app.tcp('203.0.113.10:81').isRedirected('outbound', { then: ['dropped'] }),
    app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
  ],
})

expected('redirected: UDP to the stub, its original destination from connection tracking', {
  ipv4: {
    nat: [
      `-A OUTPUT -p udp ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A PREROUTING -p udp -j REDIRECT --to-ports 15003',
    ],
  },
  ipv6: { nat: [`-A OUTPUT -p udp ${notProxy} -j REDIRECT --to-ports 15001`] },
  flows: [
    app.udp('203.0.113.10:53').isRedirected('outbound', { then: [] }),
    app.udp('203.0.113.11:53').isRedirected('outbound', { then: [] }),
    app.udp('203.0.113.10:53', { sourcePort: 20053 }).isRedirected('outbound', { then: [] }),
    app.udp('203.0.113.11:53', { sourcePort: 20053 }).isRedirected('outbound', { then: [] }),
    app.udp('[2001:db8::10]:53').isRedirected('outbound', { then: [] }),
    remote.udp('pod:5353').isRedirected('inbound', { then: [] }),
    proxy.udp('203.0.113.10:53').isDirect(),
  ],
})

const zones = [
  '-A OUTPUT -p tcp -j CT --zone 5',
  '-A OUTPUT -p udp -j CT --zone 5',
  '-A PREROUTING -i eth0 -j CT --zone 5',
]

expected('captured: in a zone of connection tracking nobody reads an original destination, and the journey ends', {
  families: ['ipv4', 'ipv6'],
  ipv4: {
    raw: zones,
    nat: [
      `-A OUTPUT ! -d 203.0.113.77 -p tcp ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    ],
  },
  ipv6: {
    raw: zones,
    nat: [
      `-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    ],
  },
  flows: [
    app.tcp('203.0.113.10:80').isCaptured('outbound', { then: [] }),
    app.tcp('[2001:db8::10]:80').isCaptured('outbound', { then: [] }),
    app.tcp('203.0.113.10:3306', { serverFirst: true }).isCaptured('outbound'),
    app.tcp('203.0.113.10:8080', { http: true }).isCaptured('outbound'),
    app.tcp('203.0.113.10:8443', { sourcePort: 20443 }).isCaptured('outbound'),
    app.tcp('lo:15001').isDirect({ answeredBy: 'envoy-outbound' }),
    app.tcp('203.0.113.77:80').isDirect(),
    remote.tcp('pod:8080').isCaptured('inbound', { then: [] }),
    proxy.tcp('203.0.113.10:80').isDirect(),
  ],
})

expected('captured: DNAT to a listener, and datagrams', {
  ipv4: {
    raw: zones,
    nat: [
      `-A OUTPUT -p tcp ${notProxy} -j DNAT --to-destination 127.0.0.1:15001`,
      `-A OUTPUT -p udp ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A PREROUTING -p udp -j REDIRECT --to-ports 15003',
    ],
  },
  flows: [
    app.tcp('203.0.113.10:80').isCaptured('outbound', { then: [] }),
    app.udp('203.0.113.10:53').isCaptured('outbound', { then: [] }),
    remote.udp('pod:5353').isCaptured('inbound', { then: [] }),
    proxy.udp('203.0.113.10:53').isDirect(),
  ],
})

expected('captured: not where a zone is for the one direction that nobody looks in', {
  ipv4: {
    raw: ['-A OUTPUT -p tcp -m tcp --dport 80 -j CT --zone-orig 5'],
    nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`],
  },
  flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')],
})

expected('captured: in the middle of a journey, which ends there', {
  ipv4: {
    raw: ['-A OUTPUT -m owner --uid-owner 1500 -j CT --zone 5', '-A OUTPUT -o lo -p tcp --sport 15003 -j CT --zone 5'],
    nat: [
      `-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A OUTPUT -p tcp -m owner --uid-owner 1500 --dport 81 -j REDIRECT --to-ports 15003',
    ],
  },
  flows: [app.tcp('203.0.113.10:81').isRedirected('outbound', { then: ['inbound'] })],
})

expected('what has another source port on the way is known for its own in any zone', {
  ipv4: {
    raw: [
      '-A OUTPUT -p tcp -j CT --zone 5',
      '-A PREROUTING -i eth0 -p tcp -j CT --zone 5',
      '-A OUTPUT -p udp -j CT --zone 6',
    ],
    nat: [
      '-A POSTROUTING -p tcp -j MASQUERADE --to-ports 5000-5009',
      '-A POSTROUTING -p udp -j MASQUERADE --to-ports 5000-5009',
      '-A OUTPUT -p udp --dport 54 -j DNAT --to-destination 203.0.113.99:54',
    ],
  },
  flows: [
    app.tcp('203.0.113.10:80').isDirect(),
    app.tcp('203.0.113.11:80').isDirect(),
    app.udp('203.0.113.10:53').isDirect(),
    app.udp('203.0.113.10:54').isTranslated('203.0.113.99:54'),
    app.udp('203.0.113.99:54').isDirect(),
  ],
})

t.test(
  'captured: a listener that takes it for somebody else, since a host before the pod has changed where it goes',
  async (t) => {
    const rules = payload({ nat: ['-A OUTPUT -d 203.0.113.10/32 -p tcp -j DNAT --to-destination 10.244.0.5:8080'] })
    for (const backend of backends) {
      const planned = plan(backend, {
        ipv4: { nat: ['-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'] },
        apps: [{ port: 8080 }],
        flows: [remote.tcp('203.0.113.10:80').isCaptured('inbound', { then: ['app'] })],
      })
      const { pod } = planned.plan
      const peers = pod.peers.map((peer) => ({
        ...peer,
        rules: [{ form: 'restore', family: 'ipv4', payload: rules } as const],
      }))
      await using made = await sandbox.stand({ ...pod, peers })
      await made.load(planned.plan)
      const flows = await Array.fromAsync(made.send(planned.plan.flows))
      t.match(flows[0], {
        observed: {
          verdict: 'captured',
          listener: 'inbound',
          originalDestination: { address: '10.244.0.5', port: 8080 },
          journey: [{ at: 'inbound' }, { at: 'app', local: { address: '127.0.0.1', port: 8080 } }],
        },
      })
    }
  },
)

expected('direct: whoever owns the address, and the proxy where its own ports are dialled', {
  families: ['ipv4', 'ipv6'],
  flows: [
    app.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
    app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
    app.tcp('127.0.0.2:8080').isDirect({ answeredBy: 'app' }),
    app.tcp('lo:15000', { http: true }).isDirect({ answeredBy: 'envoy-admin' }),
    app.tcp('lo:15001').isDirect({ answeredBy: 'envoy-outbound' }),
    remote.tcp('pod:15003').isDirect({ answeredBy: 'envoy-inbound' }),
    remote.tcp('pod:15010', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
    remote.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
    remote.tcp('pod:15000').isRefused('pod'),
    app.udp('203.0.113.10:53').isDirect(),
    app.udp('[2001:db8::10]:53').isDirect(),
    app.udp('pod:5353').isDirect({ answeredBy: 'app' }),
    app.ping('203.0.113.10').isDirect({ answeredBy: 'peer' }),
    app.ping('2001:db8::10').isDirect({ answeredBy: 'peer' }),
    remote.ping('pod').isDirect({ answeredBy: 'app' }),
    app.ping('lo').isDirect({ answeredBy: 'app' }),
  ],
})

expected('direct: a translation onto the same address and port', {
  ipv4: { nat: ['-A OUTPUT -p tcp --dport 80 -j DNAT --to-destination 203.0.113.10:80'] },
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})

expected('translated: DNAT to another endpoint, in each protocol and family', {
  ipv4: {
    nat: [
      '-A OUTPUT -d 203.0.113.10/32 -p tcp -j DNAT --to-destination 203.0.113.99:81',
      '-A OUTPUT -d 203.0.113.10/32 -p udp -j DNAT --to-destination 203.0.113.99:54',
      '-A OUTPUT -d 203.0.113.10/32 -p icmp -j DNAT --to-destination 203.0.113.99',
      '-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination :8081',
    ],
  },
  ipv6: {
    nat: [
      '-A OUTPUT -d 2001:db8::10/128 -p tcp -j DNAT --to-destination [2001:db8::99]:81',
      '-A OUTPUT -d 2001:db8::10/128 -p icmpv6 -j DNAT --to-destination 2001:db8::99',
    ],
  },
  flows: [
    app.tcp('203.0.113.10:80').isTranslated('203.0.113.99:81', { then: [] }),
    app.udp('203.0.113.10:53').isTranslated('203.0.113.99:54', { then: [] }),
    app.ping('203.0.113.10').isTranslated('203.0.113.99'),
    remote.tcp('pod:8080').isTranslated('pod:8081'),
    app.tcp('[2001:db8::10]:80').isTranslated('[2001:db8::99]:81'),
    app.ping('2001:db8::10').isTranslated('2001:db8::99'),
    app.tcp('203.0.113.99:81').isDirect(),
    app.udp('203.0.113.99:54').isDirect(),
    app.tcp('pod:8081').isDirect(),
    app.ping('203.0.113.99').isDirect(),
  ],
})

const rejections = {
  ipv4: ['tcp-reset', 'icmp-port-unreachable', 'icmp-admin-prohibited', 'icmp-host-unreachable'],
  ipv6: ['tcp-reset', 'icmp6-port-unreachable', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable'],
} as const
const destinations = { ipv4: '203.0.113.10', ipv6: '[2001:db8::10]' } as const
const rejectEach = (family: 'ipv4' | 'ipv6') =>
  rejections[family].flatMap((how, index) =>
    ['OUTPUT', 'INPUT'].map((chain) => `-A ${chain} -p tcp --dport ${8000 + index} -j REJECT --reject-with ${how}`),
  )

/**
 * Whether something comes to its end before the kernel sends a SYN again, which is after a second (TCP_TIMEOUT_INIT,
 * tcp(7)): what waits for that takes longer every time, and a loaded machine not.
 */
async function isPrompt(work: () => Promise<void>): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const started = performance.now()
    await work()
    if (performance.now() - started < 900) return true
  }
  return false
}

t.test('refused by the pod: REJECT in each form, and at once in IPv6 too', async (t) => {
  const pod: LiteralPod = {
    families: ['ipv4', 'ipv6'],
    ipv4: { filter: rejectEach('ipv4') },
    ipv6: { filter: rejectEach('ipv6') },
    flows: [0, 1, 2, 3].flatMap((index) => [
      app.tcp(`${destinations.ipv4}:${8000 + index}`).isRefused('pod'),
      app.tcp(`${destinations.ipv6}:${8000 + index}`).isRefused('pod'),
      remote.tcp(`pod:${8000 + index}`).isRefused('pod'),
      app.tcp(`pod:${8000 + index}`).isRefused('pod'),
    ]),
  }
  for (const backend of backends) {
    const refused = async (): Promise<void> => void t.same(await unmet(sandbox, backend, pod), [], backend)
    t.ok(await isPrompt(refused), `${backend}: the kernel's own second has not passed`)
  }
})

expected('refused by a peer, or by a pod in which nobody listens', {
  families: ['ipv4', 'ipv6'],
  closed: ['203.0.113.10:80', '203.0.113.10:53', '[2001:db8::10]:80', 'pod:8080', 'lo:8080'],
  flows: [
    app.tcp('203.0.113.10:80').isRefused('peer'),
    app.tcp('[2001:db8::10]:80').isRefused('peer'),
    app.udp('203.0.113.10:53').isRefused('peer'),
    remote.tcp('pod:8080').isRefused('pod'),
    app.tcp('lo:8080').isRefused('pod'),
  ],
})

const lost = ['-A OUTPUT -d DESTINATION -j DROP', '-A INPUT -i eth0 -m multiport -p tcp --dports 8080 -j DROP']
expected('dropped: on the way out, on the way in, and the answer to it', {
  families: ['ipv4', 'ipv6'],
  ipv4: {
    filter: [...lost.map((rule) => rule.replace('DESTINATION', '203.0.113.10')), '-A INPUT -s 203.0.113.30 -j DROP'],
  },
  ipv6: {
    filter: [...lost.map((rule) => rule.replace('DESTINATION', '2001:db8::10')), '-A INPUT -s 2001:db8::30 -j DROP'],
  },
  flows: [
    app.tcp('203.0.113.10:80').isDropped(),
    app.udp('203.0.113.10:80').isDropped(),
    app.ping('203.0.113.10').isDropped(),
    app.tcp('[2001:db8::10]:80').isDropped(),
    app.udp('[2001:db8::10]:80').isDropped(),
    app.ping('2001:db8::10').isDropped(),
    remote.tcp('pod:8080').isDropped(),
    app.tcp('203.0.113.30:80').isDropped(),
    app.tcp('[2001:db8::30]:80').isDropped(),
    app.tcp('203.0.113.20:80').isDirect(),
    app.tcp('pod:8080').isDirect(),
  ],
})

t.test('a peer that saw the packet is told apart from a pod that kept it', async (t) => {
  const filter = ['-A OUTPUT -d 203.0.113.10 -j DROP', '-A INPUT -s 203.0.113.30 -j DROP']
  const flows = [
    app.tcp('203.0.113.10:80').isDropped(),
    app.tcp('203.0.113.30:80').isDropped(),
    app.udp('203.0.113.30:80').isDirect(),
  ]
  for (const backend of backends) {
    const [kept, unanswered, datagram] = (await drive(sandbox, backend, { ipv4: { filter }, flows })).flows
    t.same(kept?.result, {
      ...kept?.result,
      observed: {
        verdict: 'dropped',
        journey: kept?.result && 'observed' in kept.result && kept.result.observed.journey,
      },
    })
    t.match(unanswered?.result, {
      observed: { verdict: 'dropped', notes: ['a peer saw the packet; its answer was lost'] },
    })
    t.match(datagram?.result, { observed: { verdict: 'direct', notes: ['it arrived, but the answer to it was lost'] } })
  }
})

t.test('looped: the proxy is captured by its own rules, told at once, and the journey shows it', async (t) => {
  const loop = { nat: ['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'] }
  const flows = [
    app.tcp('203.0.113.10:80').isLooped(),
    proxy.tcp('203.0.113.10:80').isLooped(),
    app.tcp('[2001:db8::10]:80').isLooped(),
  ]
  for (const backend of backends) {
    const looped = async (): Promise<void> => {
      const driven = await drive(sandbox, backend, { ipv4: loop, ipv6: loop, flows })
      t.same(
        driven.flows.map(({ unmet }) => unmet),
        [undefined, undefined, undefined],
      )
      t.equal(tell(driven.flows[0]?.result), 'outbound 127.0.0.1:15001 → looped 127.0.0.1:15001')
    }
    t.ok(await isPrompt(looped), backend)
  }
})

t.test('looped: by way of both listeners', async (t) => {
  const nat = [
    `-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`,
    '-A OUTPUT -p tcp -d 127.0.0.1 --dport 8080 -m owner --uid-owner 1500 -j REDIRECT --to-ports 15003',
  ]
  const pod: LiteralPod = { ipv4: { nat }, flows: [app.tcp('lo:8080').isLooped()] }
  for (const backend of backends) {
    const [flow] = (await drive(sandbox, backend, pod)).flows
    t.equal(flow?.unmet, undefined)
    t.equal(tell(flow?.result), 'outbound 127.0.0.1:15001 → inbound 127.0.0.1:15003 → looped 127.0.0.1:15003')
  }
})

t.test('what a listener was meant to get, and who sends each hop', async (t) => {
  const nat = [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`]
  const flows = [
    as({ uid: 3000, gid: 3001, groups: [3002] })
      .tcp('203.0.113.10:80')
      .isRedirected('outbound'),
  ]
  for (const backend of backends) {
    const [flow] = (await drive(sandbox, backend, { ipv4: { nat }, flows })).flows
    const destination = { address: '203.0.113.10', port: 80 }
    t.match(flow?.result, {
      observed: {
        verdict: 'redirected',
        listener: 'outbound',
        originalDestination: destination,
        journey: [
          {
            at: 'outbound',
            originalDestination: destination,
            dialled: destination,
            identity: { uid: 3000, gid: 3001, groups: [3002] },
          },
          { at: 'peer', local: destination, dialled: destination, identity: { uid: 1500, gid: 0, groups: [] } },
        ],
      },
    })
  }
})

expected('the source is changed on the way', {
  ipv4: {
    nat: [
      `-A OUTPUT -p tcp --dport 80 ${notProxy} -j REDIRECT --to-ports 15001`,
      '-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15003',
      '-A POSTROUTING -d 203.0.113.20 -p tcp -j SNAT --to-source 10.244.0.5:10000-10100',
      '-A POSTROUTING -d 203.0.113.20 -p udp -j SNAT --to-source 10.244.0.5:10000-10100',
      '-A POSTROUTING -j MASQUERADE',
      '-A INPUT -p tcp --dport 15003 -j SNAT --to-source 10.244.0.1:10000-10100',
    ],
  },
  ipv6: {
    nat: [`-A OUTPUT -p tcp --dport 80 ${notProxy} -j REDIRECT --to-ports 15001`, '-A POSTROUTING -j MASQUERADE'],
  },
  flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    app.tcp('203.0.113.10:81').isDirect(),
    app.tcp('203.0.113.20:80').isRedirected('outbound'),
    app.tcp('203.0.113.20:81').isDirect(),
    app.udp('203.0.113.20:53').isDirect(),
    app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
    app.tcp('[2001:db8::10]:81').isDirect(),
    app.ping('203.0.113.10').isDirect(),
    remote.tcp('pod:8080').isRedirected('inbound'),
  ],
})

expected('a fixed source port towards two destinations that go to one listener', {
  ipv4: { nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`] },
  flows: [
    app.tcp('203.0.113.10:80', { sourcePort: 24000 }).isRedirected('outbound'),
    app.tcp('203.0.113.11:80', { sourcePort: 24000 }).isRedirected('outbound'),
    app.tcp('203.0.113.12:80', { sourcePort: 24000, sourceAddress: '10.244.0.5' }).isRedirected('outbound'),
  ],
})

expected('IPv4 rules leave IPv6 alone, and the other way round', {
  ipv6: { nat: [`-A OUTPUT -p tcp ${notProxy} -j REDIRECT --to-ports 15001`] },
  flows: [app.tcp('203.0.113.10:80').isDirect(), app.tcp('[2001:db8::10]:80').isRedirected('outbound')],
})
