import { readFileSync } from 'node:fs'
import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import type { LiteralPod } from './literal-pod.ts'
import { descendants } from './processes.ts'

/** The process of all identities, by a word of its command line. */
export const everybody = 'setuid'
/** The same of one that sets marks, which is there from the first of its flows on. */
export const marking = 'net_admin'

const name = '(all identities|1000:1000)'
export const isKilled = {
  fault: 'machine',
  message: new RegExp(`^the process of ${name} has been killed \\(SIGKILL\\)$`),
}
/** What has not been answered. */
export const owes = (task: string): string => `the process of all identities has not answered '${task}'`

const ports = Array.from({ length: 12 }, (_, index) => 80 + index)
/** Everybody listens for everybody else, so whoever dies seems to refuse somebody. */
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

/** The same with an application that sets marks. */
export const withMarks: LiteralPod = {
  ...pod,
  flows: [...pod.flows, ...ports.map((port) => app.tcp(`203.0.113.12:${port}`, { mark: 7 }).isRedirected('outbound'))],
}

/** The process that has this on its command line. */
export function processOf(victim: string): number | undefined {
  return descendants().find(({ pid, name }) => name !== 'setpriv' && commandLine(pid).includes(victim))?.pid
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
