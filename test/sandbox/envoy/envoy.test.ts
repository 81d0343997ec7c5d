import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import { app, proxy, remote } from '../../../harness/scenario/dsl.ts'
import { openGated } from '../gated-rules.ts'
import { drive, type LiteralPod, unmet } from '../literal-pod.ts'
import { descendants, outerId } from '../processes.ts'
import { openSandbox } from '../open.ts'
import { noEnvoy as skip, realEnvoy as envoy, withProgram } from './real-envoy.ts'

/** The Envoy that runs as an identity. */
function runningEnvoy(inner: number): number | undefined {
  return descendants().find(({ name, pid, uid }) => name === 'envoy' && uid === outerId(pid, 'uid', inner))?.pid
}

const outbound = '-A OUTPUT -p tcp --dport 80 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'
const inbound = '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'

const pods: Readonly<Record<string, LiteralPod>> = {
  'both listeners, both families': {
    families: ['ipv4', 'ipv6'],
    ipv4: { nat: [outbound, inbound] },
    ipv6: { nat: [outbound, inbound] },
    flows: [
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('peer:80', { serverFirst: true }).isRedirected('outbound'),
      app.tcp('peer:81').isDirect(),
      proxy.tcp('peer:80').isDirect(),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      app.tcp('lo:15000', { http: true }).isDirect({ answeredBy: 'envoy-admin' }),
      app.tcp('lo:15010', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      app.tcp('lo:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
      app.tcp('lo:15001').isDirect({ answeredBy: 'envoy-outbound' }),
    ],
  },
  'services, and what nobody serves': {
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.20:80': 'pod:15000' },
    closed: ['203.0.113.10:80', 'pod:9090'],
    ipv4: {
      nat: [
        outbound,
        inbound,
        '-A OUTPUT -o lo -p tcp -m owner --uid-owner 1500 ! -d 127.0.0.1 -j REDIRECT --to-ports 15003',
      ],
    },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['self'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['refused'] }),
      remote.tcp('pod:9090').isRedirected('inbound', { then: ['refused'] }),
    ],
  },
  'its own connections captured': {
    ipv4: { nat: ['-A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 15001', inbound] },
    flows: [
      app.tcp('203.0.113.10:80').isLooped(),
      remote.tcp('pod:80').isLooped(),
      app.tcp('203.0.113.10:81').isDirect(),
    ],
  },
  'a lost answer': {
    ipv4: { nat: [outbound], filter: ['-A OUTPUT -p tcp --dport 80 -m owner --uid-owner 1500 -j DROP'] },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['dropped'] }),
      app.tcp('203.0.113.10:81').isDirect(),
    ],
  },
  'a redirected datagram': {
    ipv4: { nat: ['-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15001'] },
    flows: [app.udp('203.0.113.10:53').isRedirected('outbound', { then: [] })],
  },
  'datagrams by one source port': {
    ipv4: {
      nat: [
        '-A OUTPUT -p udp --dport 53 -m owner --uid-owner 1500 -j RETURN',
        '-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15001',
      ],
    },
    flows: [
      proxy.udp('203.0.113.10:53', { sourcePort: 25301 }).isDirect(),
      app.udp('203.0.113.10:53', { sourcePort: 25301 }).isDirect(),
    ],
  },
  'killed once it was up': {
    proxy: 'killed',
    ipv4: { nat: [outbound] },
    flows: [app.tcp('203.0.113.10:80').isRefused('pod'), app.tcp('lo:15000').isRefused('pod')],
  },
  'never started': { proxy: 'down', ipv4: { nat: [outbound] }, flows: [app.tcp('203.0.113.10:80').isRefused('pod')] },
}

t.test("a real Envoy in the stub's place", { skip }, async (t) => {
  const sandbox = withProgram(await openSandbox(t), envoy)
  for (const [title, pod] of Object.entries(pods)) {
    t.test(title, async (t) => {
      for (const backend of backends) t.same(await unmet(sandbox, backend, pod), [], backend)
    })
  }
})

t.test('whom a dial without an answer was for, its admin interface says', { skip }, async (t) => {
  const sandbox = withProgram(await openSandbox(t), envoy)
  const { flows } = await drive(sandbox, 'nft', {
    services: { '10.96.0.10:80': 'pod:9090', '10.96.0.20:80': '203.0.113.20:8080' },
    closed: ['pod:9090'],
    ipv4: { nat: [outbound], filter: ['-A OUTPUT -p tcp --dport 8080 -j DROP'] },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['refused'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['dropped'] }),
      app.tcp('10.96.0.10:80', { serverFirst: true }).isRedirected('outbound', { then: ['refused'] }),
    ],
  })
  const ends = flows.map(({ result }) => ('observed' in result ? result.observed.journey.at(-1) : result))
  t.match(ends, [
    { at: 'refused', dialled: { address: '10.244.0.5', port: 9090 } },
    { at: 'dropped', dialled: { address: '203.0.113.20', port: 8080 } },
    { at: 'refused', dialled: { address: '10.244.0.5', port: 9090 } },
  ])
})

t.test('a verdict waits for an Envoy that has not looked yet', { skip }, async (t) => {
  const { sandbox, ready, go, passed } = await openGated(t)
  const captured: LiteralPod = {
    ipv4: { nat: [outbound] },
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }
  const driven = unmet(withProgram(sandbox, envoy), 'nft', captured)
  await readFile(ready)
  const proxyProcess = runningEnvoy(1500)
  if (proxyProcess === undefined) throw new Error('no Envoy runs')
  process.kill(proxyProcess, 'SIGSTOP')
  await writeFile(passed, '')
  await writeFile(go, '')
  const direct: LiteralPod = { flows: [app.tcp('203.0.113.10:80').isDirect()] }
  const first = await Promise.race([driven, unmet(await openSandbox(t), 'nft', direct).then(() => 'still waiting')])
  process.kill(proxyProcess, 'SIGCONT')
  t.equal(first, 'still waiting')
  t.same(await driven, [])
})

t.test('an Envoy that ends before it is up is shown with its last words', async (t) => {
  const sandbox = withProgram(await openSandbox(t), '/bin/ls')
  const driven = unmet(sandbox, 'nft', {
    ipv4: { nat: [outbound] },
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')],
  })
  await t.rejects(driven, {
    fault: 'machine',
    message: /^Envoy has ended \(exit code 2\): .*unrecognized option '--config-path'/,
  })
  t.same(
    await unmet(await openSandbox(t), 'nft', { flows: [app.tcp('203.0.113.10:80').isDirect()] }),
    [],
    'and nobody else is harmed',
  )
})
