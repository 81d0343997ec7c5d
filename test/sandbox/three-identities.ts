import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import type { LiteralPod } from './literal-pod.ts'
import { descendants, outerId } from './processes.ts'

/** Whose processes every pod has. */
export const identities = { application: 1000, proxy: 1500, peer: 2000 }
export const isKilled = { fault: 'machine', message: /^the process of \d+:\d+ has been killed \(SIGKILL\)$/ }

const ports = Array.from({ length: 12 }, (_, index) => 80 + index)
/** Every one of the three listens for the other two, so whoever dies seems to refuse somebody. */
export const pod: LiteralPod = {
  ipv4: { nat: ['-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'] },
  flows: [
    ...ports.map((port) => app.tcp(`203.0.113.10:${port}`).isRedirected('outbound')),
    ...ports.map((port) => app.udp(`203.0.113.10:${port}`).isDirect()),
    ...ports.map((port) => proxy.tcp(`203.0.113.10:${port}`).isDirect()),
    app.tcp('203.0.113.11:81', { serverFirst: true }).isRedirected('outbound'),
    remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
    remote.tcp('pod:15003').isDirect({ answeredBy: 'envoy-inbound' }),
  ],
}

/** The process that has become this identity. */
export function processOf(id: number): number | undefined {
  return descendants().find(({ pid, uid, name }) => name !== 'setpriv' && uid === outerId(pid, 'uid', id))?.pid
}
