import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { ProbeOutcome } from '../../harness/agent/worker/protocol.ts'
import { TcpAttempt } from '../../harness/agent/worker/tcp-attempt.ts'
import { waitReadable } from '../../harness/sys/libc/libc.ts'
import { receivesErrors } from '../../harness/sys/sockets/sockets.ts'

/** One that looks at its connection only after something has come back on it. */
class LateAttempt extends TcpAttempt {
  protected override read(): ProbeOutcome {
    waitReadable(this.fd, 5_000)
    return super.read()
  }
}

/** A process that does this to every connection, on loopback. @returns its port. */
async function serve(t: Test, deed: string): Promise<number> {
  const program = `require('node:net').createServer((socket) => { ${deed} }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const server = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => server.kill('SIGKILL'))
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return Number(line.toString())
}

function attempt(t: Test, port: number): ProbeOutcome {
  const made = new LateAttempt({
    family: 'ipv4',
    source: { address: '127.0.0.1', port: 0 },
    destination: { address: '127.0.0.1', port },
  })
  t.teardown(() => made.close())
  return made.outcome
}

t.test('a connection that was accepted and reset before it was looked at has stood', async (t) => {
  t.match(attempt(t, await serve(t, 'socket.resetAndDestroy()')), {
    state: 'answered',
    local: { address: '127.0.0.1' },
  })
})

t.test('so has one that was accepted and closed', async (t) => {
  t.match(attempt(t, await serve(t, 'socket.end()')), { state: 'answered', local: { address: '127.0.0.1' } })
})

t.test('ICMP errors are kept until it stands, and are no end of it from then on', async (t) => {
  const source = { address: '127.0.0.1', port: 0 }
  for (const [deed, isOn] of [
    ['', false],
    [undefined, true],
  ] as const) {
    const port = deed === undefined ? 1 : await serve(t, deed)
    const made = new TcpAttempt({ family: 'ipv4', source, destination: { address: '127.0.0.1', port } })
    t.teardown(() => made.close())
    t.match(made.outcome, { state: isOn ? 'failed' : 'answered' })
    t.equal(receivesErrors(made.fd, 'ipv4'), isOn)
  }
})

t.test('one that nobody accepted has been refused', async (t) => {
  t.match(attempt(t, 1), { state: 'failed', code: 'ECONNREFUSED' })
})
