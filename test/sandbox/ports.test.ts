import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, proxy, remote, root } from '../../harness/scenario/dsl.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { drive, type LiteralPod, plan, unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

/** First and last ports of every kind that something here could have a use for, and their neighbours. */
const ports = [1, 1023, 1024, 19999, 20000, 20001, 32000, 32767, 32768, 32769, 46767, 46768, 60999, 61000, 65535]

function expected(title: string, pod: LiteralPod): void {
  t.test(title, async (t) => {
    for (const backend of backends) t.same(await unmet(sandbox, backend, pod), [], backend)
  })
}

expected('any port may be dialled, by whomever, of either protocol and family', {
  families: ['ipv4', 'ipv6'],
  flows: ports.flatMap((port) => [
    app.tcp(`203.0.113.10:${port}`).isDirect(),
    app.tcp(`[2001:db8::10]:${port}`).isDirect(),
    app.udp(`peer:${port}`).isDirect(),
    app.tcp(`lo:${port}`).isDirect(),
    app.udp(`pod:${port}`).isDirect(),
    proxy.tcp(`pod:${port}`).isDirect(),
    remote.tcp(`pod:${port}`).isDirect(),
    remote.udp(`pod:${port}`).isDirect(),
  ]),
})

expected('any port may be redirected to a listener, and dialled on to', {
  families: ['ipv4', 'ipv6'],
  ipv4: {
    nat: [
      '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
      '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    ],
  },
  ipv6: {
    nat: [
      '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
      '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    ],
  },
  flows: ports.flatMap((port) => [
    app.tcp(`peer:${port}`).isRedirected('outbound'),
    remote.tcp(`pod:${port}`).isRedirected('inbound'),
  ]),
})

for (const port of ports.filter((port) => port > 1)) {
  expected(`a rule may translate to ${port}, closed or not`, {
    ipv4: {
      nat: [
        `-A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports ${port}`,
        `-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports ${port}`,
        `-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports ${port}`,
        '-A OUTPUT -p tcp --dport 81 -j REDIRECT --to-ports 1',
      ],
    },
    apps: [
      { port, protocol: 'tcp' },
      { port, protocol: 'udp' },
    ],
    flows: [
      app.tcp('203.0.113.10:80').isTranslated(`lo:${port}`),
      app.udp('203.0.113.10:53').isTranslated(`lo:${port}`),
      remote.tcp('pod:80').isTranslated(`pod:${port}`),
      app.tcp('203.0.113.10:81').isRefused('pod'),
    ],
  })
}

const translatedTo: readonly [title: string, tcp: string, udp: string][] = [
  [
    'to one port',
    '-A POSTROUTING -p tcp -j SNAT --to-source 10.244.0.5:4000',
    '-A POSTROUTING -p udp -j MASQUERADE --to-ports 4000',
  ],
  [
    'to two',
    '-A POSTROUTING -p tcp -j MASQUERADE --to-ports 4000-4001',
    '-A POSTROUTING -p udp -j SNAT --to-source 10.244.0.5:4000-4001',
  ],
]
for (const [title, ...nat] of translatedTo)
  expected(`flows whose sources are translated ${title} do not meet each other`, {
    ipv4: { nat },
    flows: [app, proxy, root].flatMap((sender) => [
      sender.tcp('203.0.113.10:80').isDirect(),
      sender.udp('203.0.113.10:80').isDirect({ answered: true }),
    ]),
  })

t.test('what the rules say of source ports, the model says too', async (t) => {
  const conditions = [
    '--sport 1024:65535',
    '--sport 32768:60999',
    '! --sport 32768:60999',
    '--sport 32768',
    '! --sport 32768',
    '--sport 1:40000',
  ]
  for (const condition of conditions) {
    const pod: LiteralPod = {
      ipv4: {
        nat: [
          `-A OUTPUT -p tcp -m owner --uid-owner 1000 -m tcp ${condition} -j REDIRECT --to-ports 15001`,
          `-A OUTPUT -p tcp -m owner --uid-owner 1500 -m tcp ${condition} -j REDIRECT --to-ports 15003`,
        ],
      },
      flows: [app.tcp('203.0.113.10:80').isDirect(), app.tcp('203.0.113.11:80').isDirect()],
    }
    for (const backend of backends) {
      const { applied, flows } = await drive(sandbox, backend, pod)
      const predictions = predictPod(plan(backend, pod).plan, applied)
      for (const [index, { result }] of flows.entries()) {
        const { verdict, journey } = 'observed' in result ? result.observed : { verdict: result.error, journey: [] }
        t.match(
          predictions[index],
          { predicted: { verdict, journey: journey.map(({ at }) => ({ at })) } },
          `${condition}, ${backend}`,
        )
      }
    }
  }
})
