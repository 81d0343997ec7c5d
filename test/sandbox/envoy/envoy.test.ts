import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as immediate } from 'node:timers/promises'
import t from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import { app, proxy, remote } from '../../../harness/scenario/dsl.ts'
import { drive, type LiteralPod, unmet } from '../literal-pod.ts'
import { descendants, outerId } from '../processes.ts'
import { openSandbox } from '../open.ts'
import { noEnvoy as skip, realEnvoy as envoy, withProgram } from './real-envoy.ts'

/** The one process of an identity that is an Envoy, or is none. */
function running(isEnvoy: boolean, inner: number): number | undefined {
  const found = descendants().filter(({ name, pid, uid }) => name !== 'setpriv' && uid === outerId(pid, 'uid', inner))
  return found.find(({ name }) => (name === 'envoy') === isEnvoy)?.pid
}

/** Whether an Envoy has a thread that takes connections: it has said before that it starts one. */
function takesConnections(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').startsWith('wrk:worker'))
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
    ipv4: { nat: [outbound, inbound, '-A OUTPUT -o lo -p tcp -m owner --uid-owner 1500 ! -d 127.0.0.1 -j REDIRECT --to-ports 15003'] },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['self'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['refused'] }),
      remote.tcp('pod:9090').isRedirected('inbound', { then: ['refused'] }),
    ],
  },
  'its own connections captured': {
    ipv4: { nat: ['-A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 15001', inbound] },
    flows: [app.tcp('203.0.113.10:80').isLooped(), remote.tcp('pod:80').isLooped(), app.tcp('203.0.113.10:81').isDirect()],
  },
  'a lost answer': {
    ipv4: { nat: [outbound], filter: ['-A OUTPUT -p tcp --dport 80 -m owner --uid-owner 1500 -j DROP'] },
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['dropped'] }), app.tcp('203.0.113.10:81').isDirect()],
  },
  'a redirected datagram': {
    ipv4: { nat: ['-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15001'] },
    flows: [app.udp('203.0.113.10:53').isRedirected('outbound', { then: [] })],
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
  const sandbox = await openSandbox(t)
  const direct: LiteralPod = { flows: [app.tcp('203.0.113.10:80').isDirect()] }
  t.same(await unmet(sandbox, 'nft', direct), [], 'its processes are up')
  const application = running(false, 1000)
  if (application === undefined) throw new Error('no application runs')
  // An application that does not get on with listening holds the pod up, so that there is time to stop the Envoy.
  process.kill(application, 'SIGSTOP')
  const captured: LiteralPod = { ipv4: { nat: [outbound] }, flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] }
  const driven = unmet(withProgram(sandbox, envoy), 'nft', captured)
  let proxyProcess = running(true, 1500)
  for (; proxyProcess === undefined || !takesConnections(proxyProcess); proxyProcess = running(true, 1500)) await immediate()
  process.kill(proxyProcess, 'SIGSTOP')
  process.kill(application, 'SIGCONT')
  const other = await openSandbox(t)
  const first = await Promise.race([driven, unmet(other, 'nft', direct).then(() => 'still waiting')])
  process.kill(proxyProcess, 'SIGCONT')
  t.equal(first, 'still waiting')
  t.same(await driven, [])
})

t.test('an Envoy that ends before it is up is shown with its last words', async (t) => {
  const sandbox = withProgram(await openSandbox(t), '/bin/ls')
  const driven = unmet(sandbox, 'nft', { ipv4: { nat: [outbound] }, flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })
  await t.rejects(driven, { fault: 'machine', message: /^Envoy has ended \(exit code 2\): .*unrecognized option '--config-path'/ })
  t.same(await unmet(await openSandbox(t), 'nft', { flows: [app.tcp('203.0.113.10:80').isDirect()] }), [], 'and nobody else is harmed')
})
