import { Socket } from 'node:net'
import type { ReadableSet } from '../../sys/sockets/readable-set.ts'
import { closeSocket } from '../../sys/sockets/sockets.ts'
import type { Connection } from './talk.ts'

interface End {
  fd: number
  /** The port that it was made from. */
  port: number
}

/**
 * A connection that a listener has accepted, and the one that is dialled on for it. Nothing is made of either until
 * something comes on one of them: most flows say nothing.
 */
export class Relay {
  readonly #quiet: ReadableSet
  readonly #downstream: End
  #upstream: End | undefined
  #sockets: Connection[] = []
  #isOver = false

  /** @param quiet notices that something comes. */
  constructor(downstream: End, quiet: ReadableSet) {
    this.#downstream = downstream
    this.#quiet = quiet
  }

  /** The two ends, once something has come. */
  get connections(): readonly Connection[] {
    return this.#sockets
  }

  /** What is dialled on for it stands. */
  join(upstream: End): void {
    if (this.#isOver) return void closeSocket(upstream.fd)
    this.#upstream = upstream
    for (const { fd } of [this.#downstream, upstream]) this.#quiet.add(fd)
  }

  /** The descriptors of both. */
  get descriptors(): number[] {
    return this.#upstream === undefined ? [] : [this.#downstream.fd, this.#upstream.fd]
  }

  /** Something has come: passes on what either side says from now on. */
  begin(): void {
    if (this.#upstream === undefined || this.#isOver || this.#sockets.length > 0) return
    const ends = [this.#downstream, this.#upstream]
    this.#sockets = ends.map(({ fd, port }) => {
      this.#quiet.remove(fd)
      return { socket: new Socket({ fd }), port }
    })
    const [down, up] = this.#sockets.map(({ socket }) => socket) as [Socket, Socket]
    relay(down, up)
  }

  /** Resets both. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#sockets.length > 0) for (const { socket } of this.#sockets) socket.resetAndDestroy()
    else for (const end of [this.#downstream, this.#upstream]) if (end !== undefined) closeSocket(end.fd)
  }
}

/** Passes on what either side says, its end included; an error on one side is a reset on the other. */
function relay(downstream: Socket, upstream: Socket): void {
  downstream.on('error', () => downstream.destroy())
  upstream.on('error', () => downstream.resetAndDestroy())
  downstream.on('close', () => upstream.resetAndDestroy())
  downstream.pipe(upstream)
  upstream.pipe(downstream)
}
