import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { TcpListener } from '../../harness/agent/worker/tcp-listener.ts'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  localAddress,
  openSocket,
  setAbortOnClose,
} from '../../harness/sys/sockets/sockets.ts'

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

for (const [family, address] of [
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
] as const) {
  t.test(
    `who has connected is known even of a connection that was reset before it was accepted, ${family}`,
    async (t) => {
      const port = await freePort()
      const listener = new TcpListener({ pod: 'p', namespace: 'p', at: 'app', protocol: 'tcp', address: '::', port })
      t.teardown(() => listener.close())
      const fd = openSocket('tcp', family)
      setAbortOnClose(fd)
      bindSocket(fd, { address, port: 0 })
      const source = localAddress(fd)
      // All of this is over before anybody accepts.
      connectSocket(fd, { address, port })
      closeSocket(fd)
      const [caller, ...others] = listener.callers()
      t.teardown(() => closeSocket(caller?.fd ?? -1))
      t.same(others, [])
      const arrival = caller?.arrival
      t.same(arrival?.source, source)
      t.same(arrival?.local, { address, port })
    },
  )
}
