import { tcpFlag } from '../../core/tcp-flags.ts'
import { connectSocket, localAddress, receive, sendOn } from '../../sys/sockets/sockets.ts'
import { encodeSegment } from '../segment.ts'
import { Attempt, type AttemptSpec } from './attempt.ts'
import type { ProbeOutcome, ProbeSpec } from './protocol.ts'

/** One TCP segment that is sent by a raw socket, and the reset or ICMP error that comes back if one does. */
export class RawAttempt extends Attempt {
  outcome: ProbeOutcome
  readonly #spec: AttemptSpec

  constructor(spec: AttemptSpec & Pick<ProbeSpec, 'key'> & { raw: number }) {
    super('raw', { ...spec, source: { ...spec.source, port: 0 } })
    this.#spec = spec
    const { source, destination, raw: flags, key } = spec
    const refused = connectSocket(this.fd, { ...destination, port: 0 })
    const from = () => ({ address: localAddress(this.fd).address, port: source.port })
    const errno = refused || sendOn(this.fd, encodeSegment({ source: from(), destination, flags, key }))
    this.outcome =
      errno === 0 ? this.read() : { ...this.failed(errno), ...(refused === 0 && { isUnsent: true as const }) }
  }

  /** A raw socket gets a copy of every segment from where it is connected to (raw_local_deliver in net/ipv4/raw.c). */
  protected read(): ProbeOutcome {
    const queued = this.queuedError()
    if (queued !== undefined) return queued
    const { family, source, destination } = this.#spec
    for (let received = receive(this.fd); received !== undefined; received = receive(this.fd)) {
      const { data } = received
      const header = family === 'ipv4' ? data.subarray((data.readUInt8(0) & 0x0f) * 4) : data
      const isBack =
        header.length >= 20 && header.readUInt16BE(0) === destination.port && header.readUInt16BE(2) === source.port
      if (isBack && (header.readUInt8(13) & tcpFlag.rst) !== 0) return { state: 'failed', code: 'ECONNREFUSED' }
    }
    return { state: 'pending' }
  }
}
