import { SystemCallError } from '../../sys/libc.ts'
import { connectSocket, localAddress, receive, sendOn } from '../../sys/sockets.ts'
import { encodeEcho } from '../echo.ts'
import { Attempt } from './attempt.ts'
import type { Outcome, ProbeSpec } from './protocol.ts'

/** One datagram or echo request, and the answer to it if one comes. */
export class DatagramAttempt extends Attempt {
  outcome: Outcome

  constructor(spec: ProbeSpec) {
    const isEcho = spec.protocol === 'icmp'
    super(isEcho ? 'ping' : 'udp', spec)
    const data = isEcho ? encodeEcho(spec.family, spec.key) : Buffer.from(`${spec.key}\n`)
    const refused = connectSocket(this.fd, spec.destination)
    const errno = refused || sendOn(this.fd, data)
    this.outcome = errno === 0 ? this.read() : { ...this.failed(errno), ...(refused === 0 && { isUnsent: true as const }) }
  }

  protected read(): Outcome {
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
