import { setImmediate as immediate } from 'node:timers/promises'
import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import { type LiteralPod, unmet } from './literal-pod.ts'
import { descendants, outerId, signal, statusOf } from './processes.ts'
import { openSandbox } from './open.ts'
import { processOf } from './two-processes.ts'

const sandbox = await openSandbox(t)

const ipv4 = {
  nat: [
    '-A OUTPUT -p tcp --dport 80 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
  ],
}
const withoutProxy: LiteralPod = {
  ipv4,
  flows: [
    app.tcp('203.0.113.10:80').isRefused('pod'),
    app.tcp('203.0.113.10:81').isDirect(),
    proxy.tcp('203.0.113.10:80').isDirect(),
    remote.tcp('pod:8080').isRefused('pod'),
    app.tcp('lo:15000').isRefused('pod'),
  ],
}
const withProxy: LiteralPod = {
  ipv4,
  flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    remote.tcp('pod:8080').isRedirected('inbound'),
    app.tcp('lo:15000').isDirect({ answeredBy: 'envoy-admin' }),
  ],
}

const running = (inner: number): number[] =>
  descendants().flatMap(({ pid, uid, name }) => (name !== 'setpriv' && uid === outerId(pid, 'uid', inner) ? [pid] : []))

t.test('a proxy that is down has no listeners', async (t) => {
  for (const backend of backends) t.same(await unmet(sandbox, backend, { ...withoutProxy, proxy: 'down' }), [], backend)
})

t.test('a proxy that is killed leaves the same behind, and other pods keep theirs', async (t) => {
  for (const backend of backends) {
    const killed = unmet(sandbox, backend, { ...withoutProxy, proxy: 'killed' })
    const other = unmet(sandbox, backend, withProxy)
    t.same(await killed, [], backend)
    t.same(await other, [], `${backend}, another pod`)
  }
})

t.test('it is a process of its own, which is up while the pod is made and really dies', async (t) => {
  t.same(running(1500), [])
  // The process of all others does not get on with listening and holds the pod up, so that there is time to look.
  const others = processOf('setuid')
  signal(others, 'SIGSTOP')
  const driven = unmet(sandbox, 'nft', { ...withoutProxy, proxy: 'killed' })
  while (running(1500).length < 1) await immediate()
  const own = running(1500)
  signal(others, 'SIGCONT')
  t.same(await driven, [])
  t.same(own.map(statusOf), [undefined])
})
