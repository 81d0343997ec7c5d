import t from 'tap'
import { app, remote } from '../../harness/scenario/dsl.ts'
import { drive, type LiteralPod, unmet } from './literal-pod.ts'
import { descendants, outerId } from './processes.ts'
import { openSandbox } from './open.ts'

const pod: LiteralPod = {
  ipv4: { nat: ['-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'] },
  flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    app.udp('203.0.113.10:53').isDirect(),
    app.tcp('203.0.113.10:81', { serverFirst: true }).isRedirected('outbound'),
    remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
  ],
}

for (const [who, id] of Object.entries({ application: 1000, proxy: 1500, peer: 2000 })) {
  t.test(`the ${who}'s process dies mid-run: an error, no verdict, and no hang`, async (t) => {
    const sandbox = await openSandbox(t)
    t.same(await unmet(sandbox, 'nft', pod), [])
    const [process_] = descendants().filter(({ pid, uid }) => uid === outerId(pid, 'uid', id))
    if (process_ === undefined) return t.fail('there is such a process')
    // A process that is stopped holds the run up, so that it dies in the midst of it for sure.
    process.kill(process_.pid, 'SIGSTOP')
    const driven = drive(sandbox, 'nft', pod)
    await sandbox.ask('hello', {})
    process.kill(process_.pid, 'SIGKILL')
    await t.rejects(driven, { fault: 'sidetrack', message: /process/ })
    t.same(await unmet(sandbox, 'nft', pod), [], 'the next pod gets a new one')
  })
}
