import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import {
  closeSocket,
  connectSocket,
  hasUnacknowledged,
  openSocket,
  sendOn,
  setAbortOnClose,
} from '../../../harness/sys/sockets/sockets.ts'

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
