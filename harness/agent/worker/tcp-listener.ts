import { createServer, type Server, type Socket } from 'node:net'
import { type AddressPort, canonicalAddress, type Family, familyOf } from '../../core/address.ts'
import { bindSocket, listenSocket, openSocket, originalDestination, setReuseAddress, setV6Only } from '../../sys/sockets.ts'
import type { ListenerSpec } from './protocol.ts'

const backlog = 1024

export interface Arrival {
  source: AddressPort
  local: AddressPort
  original?: AddressPort
}

/** Listens in the calling thread's namespace. @param onArrival is given each accepted connection and who it is from. */
export function listenTcp(spec: ListenerSpec, onArrival: (socket: Socket, arrival: Arrival) => void): Server {
  const family: Family = familyOf(spec.address) ?? 'ipv4'
  const fd = openSocket('tcp', family)
  if (family === 'ipv6') setV6Only(fd, spec.address !== '::')
  setReuseAddress(fd)
  bindSocket(fd, spec)
  listenSocket(fd, backlog)
  const server = spec.conversation === 'http' ? httpServer(spec) : createServer()
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy())
    const arrival = readArrival(socket)
    if (arrival !== undefined) onArrival(socket, arrival)
    if (spec.conversation === 'server-first') socket.write(`${spec.at}\n`)
  })
  server.listen({ fd, backlog })
  return server
}

/** Answers every request with who it is, as the proxy's admin, metrics and probe ports do. */
function httpServer(spec: ListenerSpec): Server {
  // Importing node:http as an ES module looks at all its exports, and with them loads its WebSocket: 35 ms in place of 1.
  const server = process.getBuiltinModule('node:http').createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', server: spec.at, connection: 'close' })
    response.end(`${spec.at}\n`)
  })
  server.keepAliveTimeout = 0
  return server
}

/** @returns undefined for a connection that was reset before it was accepted. */
function readArrival(socket: Socket): Arrival | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined || localPort === undefined) return undefined
  const local = { address: canonicalAddress(localAddress), port: localPort }
  // SO_ORIGINAL_DST has no portable door in Node; the descriptor is on the handle.
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
  const original = originalDestination(fd, familyOf(local.address) ?? 'ipv4')
  return { source: { address: canonicalAddress(remoteAddress), port: remotePort }, local, ...(original && { original }) }
}
