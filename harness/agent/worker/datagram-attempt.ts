import { errnoName, SystemCallError } from '../../sys/libc.ts'
import {
  bindSocket,
  closeSocket,
  connectSocket,
  localAddress,
  openSocket,
  receive,
  receiveError,
  sendOn,
  setBindToDevice,
  setReceiveErrors,
  setV6Only,
} from '../../sys/sockets.ts'
import { encodeEcho } from '../echo.ts'
import type { Outcome, ProbeSpec } from './protocol.ts'

/** One datagram or echo request, and the answer to it if one comes. */
export class DatagramAttempt {
  readonly fd: number
  outcome: Outcome

  /** Opens the socket in the calling thread's namespace and sends. */
  constructor({ protocol, family, source, destination, bindToDevice, key }: ProbeSpec) {
    this.fd = openSocket(protocol === 'icmp' ? 'ping' : 'udp', family)
    try {
      if (family === 'ipv6') setV6Only(this.fd, true)
      setReceiveErrors(this.fd, family)
      if (bindToDevice !== undefined) setBindToDevice(this.fd, bindToDevice)
      bindSocket(this.fd, source)
    } catch (error) {
      closeSocket(this.fd)
      throw error
    }
    const data = protocol === 'icmp' ? encodeEcho(family, key) : Buffer.from(`${key}\n`)
    const code = connectSocket(this.fd, destination) || sendOn(this.fd, data)
    this.outcome = code === 0 ? this.#read() : { state: 'failed', code: errnoName(code) }
  }

  check(): boolean {
    if (this.outcome.state !== 'pending') return false
    this.outcome = this.#read()
    return (this.outcome.state as string) !== 'pending'
  }

  close(): void {
    closeSocket(this.fd)
  }

  #read(): Outcome {
    const queued = receiveError(this.fd)
    if (queued !== undefined)
      return { state: 'failed', code: errnoName(queued.errno), ...(queued.offender && { offender: queued.offender }) }
    try {
      const answer = receive(this.fd)
      return answer === undefined
        ? { state: 'pending' }
        : { state: 'answered', local: localAddress(this.fd), answer: answer.data.toString('latin1') }
    } catch (error) {
      if (error instanceof SystemCallError) return { state: 'failed', code: error.code }
      throw error
    }
  }
}
