import type { Family } from '../../core/address.ts'
import { errnoName } from '../../sys/libc/libc.ts'
import {
  connectSocket,
  localAddress,
  pendingError,
  setAbortOnClose,
  setReceiveErrors,
  tcpState,
  tcpStates,
} from '../../sys/sockets/sockets.ts'
import { Attempt, type AttemptSpec } from './attempt.ts'
import type { ProbeOutcome } from './protocol.ts'

/** One TCP connection attempt. */
export class TcpAttempt extends Attempt {
  outcome: ProbeOutcome
  readonly #family: Family

  constructor(spec: AttemptSpec) {
    super('tcp', spec, setAbortOnClose)
    this.#family = spec.family
    const errno = connectSocket(this.fd, spec.destination)
    this.outcome = errno === 0 || errnoName(errno) === 'EINPROGRESS' ? this.read() : this.failed(errno)
  }

  protected read(): ProbeOutcome {
    const state = tcpState(this.fd)
    // The receiver may already have accepted and closed it.
    if (state !== tcpStates.synSent && state !== tcpStates.close) return this.#established()
    // An ICMP error that meets a socket still inside connect(2) is only soft: it shows in the error queue a second
    // before the socket fails.
    const queued = this.queuedError()
    if (queued !== undefined) return queued
    const errno = pendingError(this.fd)
    if (errno === 0) return { state: 'pending' }
    // A refused connection is ECONNREFUSED; only one that stood can be reset (tcp_reset in net/ipv4/tcp_input.c).
    return errnoName(errno) === 'ECONNRESET' ? this.#established() : { state: 'failed', code: errnoName(errno) }
  }

  /**
   * From now on it is like any application's socket. One that keeps ICMP errors fails at the first that meets it
   * outside a system call, as the answer to what is sent again 200 ms later does, where others go on trying (tcp_v4_err
   * in net/ipv4/tcp_ipv4.c).
   */
  #established(): ProbeOutcome {
    setReceiveErrors(this.fd, this.#family, false)
    return { state: 'answered', local: localAddress(this.fd) }
  }
}
