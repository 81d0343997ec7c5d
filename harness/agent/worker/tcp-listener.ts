import { type AddressPort, type Family, familyOf } from '../../core/address.ts'
import { noteDescriptor } from '../../sys/files/open-files.ts'
import {
  acceptConnection,
  bindSocket,
  closeSocket,
  listenSocket,
  localAddress,
  openSocket,
  originalDestination,
  remoteAddress,
  savedSource,
  setAbortOnClose,
  setReuseAddress,
  setSaveSyn,
  setTransparent,
  setV6Only,
} from '../../sys/sockets/sockets.ts'
import type { ListenerSpec } from './protocol.ts'

const backlog = 1024

export interface Arrival {
  source: AddressPort
  local: AddressPort
  original?: AddressPort
}

/** A connection that has been accepted; `arrival` is missing if not even the kernel knows any more with whom. */
export interface Caller {
  fd: number
  arrival: Arrival | undefined
}

/**
 * Accepts by system calls alone: an object of Node's for each connection takes longer than all that the kernel does for
 * it.
 */
export class TcpListener {
  readonly spec: ListenerSpec
  readonly fd: number

  /** Listens in the calling thread's namespace. @throws SystemCallError */
  constructor(spec: ListenerSpec) {
    this.spec = spec
    const family: Family = familyOf(spec.address) ?? 'ipv4'
    this.fd = openSocket('tcp', family)
    if (family === 'ipv6') setV6Only(this.fd, spec.address !== '::')
    setReuseAddress(this.fd)
    setSaveSyn(this.fd)
    // Its connections have it from it (sk_clone_lock in net/core/sock.c): a port in TIME_WAIT would be in the way of a
    // flow that wants it as its source.
    setAbortOnClose(this.fd)
    if (spec.transparent) setTransparent(this.fd, family)
    bindSocket(this.fd, spec)
    listenSocket(this.fd, backlog)
  }

  /** Whoever waits to be accepted, one after the other. @throws SystemCallError */
  *callers(): Iterable<Caller> {
    for (let fd = acceptConnection(this.fd); fd !== undefined; fd = acceptConnection(this.fd)) {
      noteDescriptor(fd)
      yield { fd, arrival: readArrival(fd, this.spec.port) }
    }
  }

  close(): void {
    closeSocket(this.fd)
  }
}

function readArrival(fd: number, port: number): Arrival | undefined {
  const source = remoteAddress(fd) ?? savedSource(fd)
  if (source === undefined) return undefined
  const local = localAddress(fd)
  // By TPROXY alone a socket has another port than its listener: it has what was dialled.
  if (local.port !== port) return { source, local: { ...local, port }, original: local }
  const original = originalDestination(fd, familyOf(local.address) ?? 'ipv4')
  return { source, local, ...(original && { original }) }
}
