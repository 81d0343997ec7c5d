import t, { type Test } from 'tap'
import { ReadableSet } from '../../../harness/sys/sockets/readable-set.ts'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  listenSocket,
  localAddress,
  openSocket,
  setAbortOnClose,
} from '../../../harness/sys/sockets/sockets.ts'

/** Listeners on ports of loopback. */
function listen(t: Test): number {
  const listener = openSocket('tcp', 'ipv4')
  t.teardown(() => closeSocket(listener))
  bindSocket(listener, { address: '127.0.0.1', port: 0 })
  listenSocket(listener, 8)
  return listener
}

t.test('one of many listeners has a caller whom nobody has accepted', async (t) => {
  const set = new ReadableSet()
  t.teardown(() => set.close())
  t.same(set.ready(), [], 'of none')
  const listeners = Array.from({ length: 20 }, () => listen(t))
  for (const listener of listeners) set.add(listener)
  t.same(set.ready(), [])
  const caller = openSocket('tcp', 'ipv4')
  t.teardown(() => closeSocket(caller))
  setAbortOnClose(caller)
  connectSocket(caller, localAddress(listeners[13] as number))
  t.same(set.ready(), [listeners[13]])
  t.same(set.ready(), [listeners[13]], 'and again, as long as he waits')
  set.remove(listeners[13] as number)
  t.same(set.ready(), [], 'nobody asks any more')
})

t.test('a listener that is closed is forgotten', async (t) => {
  const set = new ReadableSet()
  t.teardown(() => set.close())
  const listener = openSocket('tcp', 'ipv4')
  bindSocket(listener, { address: '127.0.0.1', port: 0 })
  listenSocket(listener, 8)
  set.add(listener)
  const caller = openSocket('tcp', 'ipv4')
  t.teardown(() => closeSocket(caller))
  setAbortOnClose(caller)
  connectSocket(caller, localAddress(listener))
  t.same(set.ready(), [listener])
  closeSocket(listener)
  t.same(set.ready(), [])
})
