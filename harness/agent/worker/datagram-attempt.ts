import { SystemCallError } from '../../sys/libc/libc.ts'
import { connectSocket, localAddress, receive, sendOn } from '../../sys/sockets/sockets.ts'
import { Attempt, type AttemptSpec } from './attempt.ts'
import type { ProbeOutcome } from './protocol.ts'

/** One datagram or echo request, and the answer to it if one comes. */
export class DatagramAttempt extends Attempt {
  outcome: ProbeOutcome

  /** @param data what is sent. */
  constructor(type: 'ping' | 'udp', spec: AttemptSpec, data: Buffer) {
    super(type, spec)
    const refused = connectSocket(this.fd, spec.destination)
    const errno = refused || sendOn(this.fd, data)
    this.outcome =
      errno === 0 ? this.read() : { ...this.failed(errno), ...(refused === 0 && { isUnsent: true as const }) }
  }

  protected read(): ProbeOutcome {
    const queued = this.queuedError()
    if (queued !== undefined) return queued
    try {
      const answer = receive(this.fd)
      if (answer === undefined) return { state: 'pending' }
      return { state: 'answered', local: localAddress(this.fd), answer: answer.data.toString('latin1') }
    } catch (error) {
      if (error instanceof SystemCallError) return { state: 'failed', code: error.code }
      throw error
    }
  }
}
