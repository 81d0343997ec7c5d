import { createSocket, type Socket } from 'node:dgram'
import { canonicalAddress, familyOf } from '../../core/address.ts'
import { bindSocket, openSocket, setV6Only } from '../../sys/sockets.ts'
import type { ListenerSpec } from './protocol.ts'
import type { Arrival } from './tcp-listener.ts'

/**
 * Listens in the calling thread's namespace, on one address, so that answers leave from it: from a wildcard socket the
 * answer to a redirected datagram would leave from the pod's own address and be redirected once more.
 */
export function listenUdp(spec: ListenerSpec, onArrival: (arrival: Arrival) => void): Socket {
  const family = familyOf(spec.address) ?? 'ipv4'
  const fd = openSocket('udp', family)
  if (family === 'ipv6') setV6Only(fd, true)
  bindSocket(fd, spec)
  const socket = createSocket(family === 'ipv4' ? 'udp4' : 'udp6')
  socket.on('error', () => {})
  socket.on('message', (_data, { address, port }) => {
    onArrival({ source: { address: canonicalAddress(address), port }, local: { address: spec.address, port: spec.port } })
    socket.send(`${spec.at}\n`, port, address)
  })
  socket.bind({ fd })
  return socket
}
