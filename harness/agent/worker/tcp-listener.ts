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
import { noteDescriptor } from '../../sys/open-files.ts'
import type { ListenerSpec } from './protocol.ts'
import { descriptorOf } from './talk.ts'

const backlog = 1024
/** 0 is never (node:http). */
const timeless = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 }

export interface Arrival {
  source: AddressPort
  local: AddressPort
  original?: AddressPort
}

export interface TcpListener {
  server: Server
  fd: number
}

/**
 * Listens in the calling thread's namespace.
 * @param onArrival is given each accepted connection and its peer; undefined if the peer is not known any more.
 */
export function listenTcp(
  spec: ListenerSpec,
  onArrival: (socket: Socket, arrival: Arrival | undefined) => void,
): TcpListener {
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
    noteDescriptor(descriptorOf(socket) ?? 0)
    onArrival(socket, readArrival(socket, spec.port))
    if (spec.conversation === 'server-first') socket.write(`${spec.at}\n`)
  })
  server.listen({ fd, backlog })
  return { server, fd }
}

/**
 * Answers every request with who it is, as the proxy's admin, metrics and probe ports do. It has no clock, and leaves
 * it to whoever called to hang up: as long as the connection stands, the kernel says whether the answer has been heard.
 */
function httpServer(spec: ListenerSpec): Server {
  // Importing node:http as an ES module looks at all its exports, and with them loads its WebSocket: 35 ms in place of
  // 1.
  const server = process.getBuiltinModule('node:http').createServer(timeless, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', server: spec.at })
    response.end(`${spec.at}\n`)
  })
  return server
}

/** @returns undefined for a connection that is closed already. */
function readArrival(socket: Socket, port: number): Arrival | undefined {
  // For SO_ORIGINAL_DST, and for a reset connection's sender.
  const fd = descriptorOf(socket)
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
