import type { Socket } from 'node:net'
import { hasUnacknowledged } from '../../sys/sockets/sockets.ts'

/** A connection, and the port that it was made from. */
export interface Connection {
  socket: Socket
  port: number
}

/** What is under way on a pod's connections, as one process's own ends of them show it. */
export class Talk {
  #read = 0
  #unheard: readonly number[] = []

  /**
   * Looks at all of them again. @param hasBegun whether something has come on one that was not looked at before.
   * @returns the ports of those on which something is not acknowledged; undefined if
   * nothing has changed.
   */
  look(connections: Iterable<Connection>, hasBegun: boolean): number[] | undefined {
    let read = 0
    const unheard: number[] = []
    for (const { socket, port } of connections) {
      read += socket.bytesRead
      const fd = descriptorOf(socket)
      if (socket.writableLength > 0 || (fd !== undefined && hasUnacknowledged(fd))) unheard.push(port)
    }
    const isNew =
      hasBegun ||
      read !== this.#read ||
      unheard.length !== this.#unheard.length ||
      unheard.some((port, at) => port !== this.#unheard[at])
    this.#read = read
    this.#unheard = unheard
    return isNew ? unheard : undefined
  }
}

/**
 * Node has no portable door to what a socket's kernel end says; the descriptor is on the handle, until the socket is
 * closed.
 */
function descriptorOf(socket: Socket): number | undefined {
  const fd = (socket as unknown as { _handle: { fd: number } | null })._handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
