import type { AddressPort } from '../../core/address.ts'
import { errnoName } from '../../sys/libc.ts'
import { connectSocket, localAddress, pendingError, setAbortOnClose, tcpState, tcpStates } from '../../sys/sockets.ts'
import { Attempt, type AttemptSpec } from './attempt.ts'
import type { ProbeOutcome } from './protocol.ts'

/** One TCP connection attempt. */
export class TcpAttempt extends Attempt {
  readonly source: AddressPort
  outcome: ProbeOutcome

  constructor(spec: AttemptSpec) {
    super('tcp', spec, setAbortOnClose)
    this.source = localAddress(this.fd)
    const errno = connectSocket(this.fd, spec.destination)
    this.outcome = errno === 0 || errnoName(errno) === 'EINPROGRESS' ? this.read() : this.failed(errno)
  }

  protected read(): ProbeOutcome {
    const state = tcpState(this.fd)
    // The receiver may already have accepted and closed it.
    if (state !== tcpStates.synSent && state !== tcpStates.close) return this.#established()
    // An ICMP error that meets a socket still inside connect(2) is only soft: it shows in the error queue a second before the socket fails.
    const queued = this.queuedError()
    if (queued !== undefined) return queued
    const errno = pendingError(this.fd)
    if (errno === 0) return { state: 'pending' }
    // A refused connection is ECONNREFUSED; only one that stood can be reset (tcp_reset in net/ipv4/tcp_input.c).
    return errnoName(errno) === 'ECONNRESET' ? this.#established() : { state: 'failed', code: errnoName(errno) }
  }

  #established(): ProbeOutcome {
    return { state: 'answered', local: localAddress(this.fd) }
  }
}
