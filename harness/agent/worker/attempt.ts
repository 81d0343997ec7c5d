import { errnoName } from '../../sys/libc/libc.ts'
import {
  bindSocket,
  closeSocket,
  openSocket,
  receiveError,
  setBindToDevice,
  setMark,
  setReceiveErrors,
  setTos,
  setTransparent,
  setV6Only,
} from '../../sys/sockets/sockets.ts'
import { noteDescriptor } from '../../sys/files/open-files.ts'
import type { ProbeOutcome, ProbeSpec } from './protocol.ts'

/** What is known before a socket is opened: in which namespace is for the caller to say. */
export type AttemptSpec = Pick<
  ProbeSpec,
  'family' | 'source' | 'destination' | 'bindToDevice' | 'mark' | 'tos' | 'transparent'
>

/**
 * Something that is sent by system calls alone, and its outcome. Inside a sandbox the kernel answers before the call
 * that sends has returned, so the outcome is nearly always there at once; `check` reads it again.
 */
export abstract class Attempt {
  readonly fd: number
  abstract outcome: ProbeOutcome

  /**
   * Opens the socket in the calling thread's namespace and binds it, so that its port is known before anyone sees it.
   */
  constructor(
    type: Parameters<typeof openSocket>[0],
    { family, source, bindToDevice, mark, tos, transparent }: AttemptSpec,
    prepare: (fd: number) => void = () => {},
  ) {
    this.fd = openSocket(type, family, type === 'raw' ? 'tcp' : undefined)
    noteDescriptor(this.fd)
    try {
      if (family === 'ipv6' && type !== 'raw') setV6Only(this.fd, true)
      setReceiveErrors(this.fd, family, true)
      if (bindToDevice !== undefined) setBindToDevice(this.fd, bindToDevice)
      if (mark !== undefined) setMark(this.fd, mark)
      if (tos) setTos(this.fd, family, tos)
      if (transparent) setTransparent(this.fd, family)
      prepare(this.fd)
      bindSocket(this.fd, source)
    } catch (error) {
      closeSocket(this.fd)
      throw error
    }
  }

  /** Reads the outcome again if it was open. @returns whether it has changed. */
  check(): boolean {
    if (this.outcome.state !== 'pending') return false
    const outcome = this.read()
    this.outcome = outcome
    return outcome.state !== 'pending'
  }

  close(): void {
    closeSocket(this.fd)
  }

  protected abstract read(): ProbeOutcome

  /** A failed system call, with who sent the ICMP error that made it fail, if one did. */
  protected failed(errno: number): Extract<ProbeOutcome, { state: 'failed' }> {
    const offender = receiveError(this.fd)?.offender
    return { state: 'failed', code: errnoName(errno), ...(offender && { offender }) }
  }

  /** The ICMP error in the socket's queue. */
  protected queuedError(): ProbeOutcome | undefined {
    const queued = receiveError(this.fd)
    return (
      queued && {
        state: 'failed',
        code: errnoName(queued.errno),
        ...(queued.offender && { offender: queued.offender }),
      }
    )
  }
}
