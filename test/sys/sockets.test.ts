import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  hasUnacknowledged,
  listenSocket,
  localAddress,
  openSocket,
  sendOn,
  setAbortOnClose,
  waitingCallers,
} from '../../harness/sys/sockets.ts'

const anyPort = { address: '127.0.0.1', port: 0 }

t.test('how many callers a listener has not accepted', async (t) => {
  const listener = openSocket('tcp', 'ipv4')
  t.teardown(() => closeSocket(listener))
  bindSocket(listener, anyPort)
  listenSocket(listener, 8)
  for (const expected of [0, 1, 2, 3]) {
    t.equal(waitingCallers(listener), expected)
    const caller = openSocket('tcp', 'ipv4')
    t.teardown(() => closeSocket(caller))
    setAbortOnClose(caller)
    connectSocket(caller, localAddress(listener))
  }
})

t.test('what has been said is acknowledged by the kernel, whether or not anybody reads it', async (t) => {
  const program = `require('node:net').createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const server = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => server.kill('SIGKILL'))
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  server.kill('SIGSTOP')
  const caller = openSocket('tcp', 'ipv4')
  t.teardown(() => closeSocket(caller))
  setAbortOnClose(caller)
  connectSocket(caller, { address: '127.0.0.1', port: Number(line.toString()) })
  t.equal(hasUnacknowledged(caller), false)
  t.equal(sendOn(caller, Buffer.from('hello')), 0)
  while (hasUnacknowledged(caller));
  t.pass('it is, though the server stands still')
})
