import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import { type LiteralPod, unmet } from './literal-pod.ts'
import { openGated } from './gated-rules.ts'
import { signal } from './processes.ts'
import { everybody, processOf } from './two-processes.ts'

const http = { http: true } as const
const serverFirst = { serverFirst: true } as const
/** Whoever is slow accepts, is talked to, and talks. */
const pod: LiteralPod = {
  ipv4: { nat: ['-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'] },
  flows: [
    remote.tcp('pod:15010', http).isDirect({ answeredBy: 'envoy-metrics' }),
    remote.tcp('pod:15901', http).isDirect({ answeredBy: 'envoy-probe' }),
    remote.tcp('pod:8080', http).isDirect({ answeredBy: 'app' }),
    remote.tcp('pod:8081').isDirect({ answeredBy: 'app' }),
    app.tcp('203.0.113.10:80', http).isRedirected('outbound'),
    app.tcp('203.0.113.10:3306', serverFirst).isRedirected('outbound'),
    app.tcp('203.0.113.10:81').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:82', http).isDirect(),
    proxy.tcp('203.0.113.10:3307', serverFirst).isDirect(),
  ],
}
/** Longer than anybody who talks might lose patience; far shorter than the agent's own. */
const pauseMilliseconds = 4_000

t.test(
  'the process of all identities stands still between the first packet and whatever it is to do: late, and nothing else',
  async (t) => {
    const { sandbox, ready, go, passed } = await openGated(t)
    const driven = unmet(sandbox, 'nft', pod)
    await readFile(ready)
    const pid = processOf(everybody)
    signal(pid, 'SIGSTOP')
    await writeFile(passed, '')
    await writeFile(go, '')
    await sleep(pauseMilliseconds)
    signal(pid, 'SIGCONT')
    t.same(await driven, [])
  },
)
