import { createSocket, type Socket } from 'node:dgram'
import { canonicalAddress, familyOf } from '../../core/address.ts'
import { bindSocket, openSocket, setV6Only } from '../../sys/sockets/sockets.ts'
import { isAnswer } from './datagrams.ts'
import type { ListenerSpec } from './protocol.ts'
import type { Arrival } from './tcp-listener.ts'

/** Is given each datagram that is no answer itself, and what answers it. */
type OnDatagram = (arrival: Arrival, data: Buffer, answer: (said: string | Buffer) => void) => void

/**
 * Listens in the calling thread's namespace, on one address, so that answers leave from it: from a wildcard socket the
 * answer to a redirected datagram would leave from the pod's own address and be redirected once more.
 */
export function listenUdp(spec: ListenerSpec, onArrival: OnDatagram): Socket {
  const family = familyOf(spec.address) ?? 'ipv4'
  const fd = openSocket('udp', family)
  if (family === 'ipv6') setV6Only(fd, true)
  bindSocket(fd, spec)
  const socket = createSocket(family === 'ipv4' ? 'udp4' : 'udp6')
  socket.on('error', () => {})
  socket.on('message', (data, { address, port }) => {
    if (isAnswer(data)) return
    const arrival = {
      source: { address: canonicalAddress(address), port },
      local: { address: spec.address, port: spec.port },
    }
    onArrival(arrival, data, (said) => socket.send(said, port, address))
  })
  socket.bind({ fd })
  return socket
}
