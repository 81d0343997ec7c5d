import { createServer, type Server, type Socket } from 'node:net'
import { type AddressPort, canonicalAddress, type Family, familyOf } from '../../core/address.ts'
import {
  bindSocket,
  listenSocket,
  openSocket,
  originalDestination,
  savedSource,
  setReuseAddress,
  setSaveSyn,
  setTransparent,
  setV6Only,
} from '../../sys/sockets.ts'
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
  setSaveSyn(fd)
  if (spec.transparent) setTransparent(fd, family)
  bindSocket(fd, spec)
  listenSocket(fd, backlog)
  const server = spec.conversation === 'http' ? httpServer(spec) : createServer()
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy())
    const arrival = readArrival(socket, spec.port)
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

/** @returns undefined for a connection that is closed already. */
function readArrival(socket: Socket, port: number): Arrival | undefined {
  // Neither SO_ORIGINAL_DST nor a reset connection's sender has a portable door in Node; the descriptor is on the handle.
  const fd = (socket as unknown as { _handle: { fd: number } | null })._handle?.fd
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (fd === undefined || localAddress === undefined || localPort === undefined) return undefined
  const source =
    remoteAddress === undefined || remotePort === undefined
      ? savedSource(fd)
      : { address: canonicalAddress(remoteAddress), port: remotePort }
  if (source === undefined) return undefined
  const local = { address: canonicalAddress(localAddress), port: localPort }
  // By TPROXY alone a socket has another port than its listener: it has what was dialled.
  if (localPort !== port) return { source, local: { ...local, port }, original: local }
  const original = originalDestination(fd, familyOf(local.address) ?? 'ipv4')
  return { source, local, ...(original && { original }) }
}
