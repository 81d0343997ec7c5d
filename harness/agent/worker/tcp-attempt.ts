import type { AddressPort, Family } from '../../core/address.ts'
import { errnoName } from '../../sys/libc.ts'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  localAddress,
  openSocket,
  pendingError,
  receiveError,
  setAbortOnClose,
  setBindToDevice,
  setReceiveErrors,
  setV6Only,
  tcpInfo,
  tcpStates,
} from '../../sys/sockets.ts'
import type { Outcome } from './protocol.ts'

/**
 * One TCP connection attempt by system calls alone. Inside a sandbox the kernel answers a SYN before connect(2) returns, so
 * the outcome is nearly always there at once; `check` reads it again.
 */
export class TcpAttempt {
  readonly fd: number
  readonly source: AddressPort
  outcome: Outcome

  /** Opens the socket in the calling thread's namespace, binds it, so that its port is known before anyone sees it, and connects. */
  constructor(family: Family, source: AddressPort, destination: AddressPort, bindToDevice?: string) {
    this.fd = openSocket('tcp', family)
    try {
      if (family === 'ipv6') setV6Only(this.fd, true)
      setAbortOnClose(this.fd)
      setReceiveErrors(this.fd, family)
      if (bindToDevice !== undefined) setBindToDevice(this.fd, bindToDevice)
      bindSocket(this.fd, source)
      this.source = localAddress(this.fd)
    } catch (error) {
      closeSocket(this.fd)
      throw error
    }
    const code = connectSocket(this.fd, destination)
    this.outcome =
      code === 0 || errnoName(code) === 'EINPROGRESS' ? this.#read() : { state: 'failed', code: errnoName(code), ...this.#offender() }
  }

  /** Reads the outcome again if it was open. @returns whether it has changed. */
  check(): boolean {
    if (this.outcome.state !== 'pending') return false
    this.outcome = this.#read()
    return (this.outcome.state as string) !== 'pending'
  }

  close(): void {
    closeSocket(this.fd)
  }

  #read(): Outcome {
    if (tcpInfo(this.fd).state === tcpStates.established) return { state: 'answered', local: localAddress(this.fd) }
    // An ICMP error that meets a socket still inside connect(2) is only soft: it shows in the error queue a second before the socket fails.
    const queued = receiveError(this.fd)
    if (queued !== undefined)
      return { state: 'failed', code: errnoName(queued.errno), ...(queued.offender && { offender: queued.offender }) }
    const code = pendingError(this.fd)
    return code === 0 ? { state: 'pending' } : { state: 'failed', code: errnoName(code) }
  }

  #offender(): { offender?: string } {
    const offender = receiveError(this.fd)?.offender
    return offender === undefined ? {} : { offender }
  }
}
