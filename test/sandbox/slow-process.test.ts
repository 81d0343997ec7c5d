import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import { writeProgram } from '../program.ts'
import { type LiteralPod, unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'
import { identities, processOf } from './three-identities.ts'

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

for (const [who, id] of Object.entries(identities)) {
  t.test(`the ${who}'s process stands still between the first packet and whatever it is to do: late, and nothing else`, async (t) => {
    const { ready, go, passed, folder } = await gate(t)
    const { PATH } = process.env
    process.env['PATH'] = `${folder}:${PATH}`
    const sandbox = await openSandbox(t).finally(() => {
      process.env['PATH'] = PATH
    })
    const driven = unmet(sandbox, 'nft', pod)
    await readFile(ready)
    const pid = processOf(id) ?? 0
    process.kill(pid, 'SIGSTOP')
    await writeFile(passed, '')
    await writeFile(go, '')
    await sleep(pauseMilliseconds)
    process.kill(pid, 'SIGCONT')
    t.same(await driven, [])
  })
}

/** A program in iptables' place that says when the pod's listeners stand, and ends when it is told to: flows are sent after that. */
async function gate(t: Test): Promise<Record<'ready' | 'go' | 'passed' | 'folder', string>> {
  const folder = t.testdir({})
  const [ready, go, passed] = ['ready', 'go', 'passed'].map((name) => join(folder, name)) as [string, string, string]
  execFileSync('mkfifo', [ready, go])
  const isListening = "grep -q ':3A99 0*:0000 0A' /proc/net/tcp /proc/net/tcp6"
  const text = `#!/bin/sh
PATH=/usr/sbin:/sbin:/usr/bin:/bin
iptables-nft-restore "$@" || exit
# Whoever empties the pod afterwards is not held up.
[ -e ${passed} ] && exit
until ${isListening}; do sleep 0.02; done
sleep 0.5
: > ${ready}
: < ${go}
`
  return { ready, go, passed, folder: join(writeProgram(t, 'iptables-nft-restore', text), '..') }
}
