import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { type Frame, openPacketSocket, receiveFrame, takeDrops } from '../../sys/sockets/packet-socket.ts'
import { closeSocket, type FilterInstruction } from '../../sys/sockets/sockets.ts'
import type { PodInterface } from '../pod/pod.ts'
import type { CaptureResult } from '../protocol.ts'
import { etherType } from '../sentinel.ts'
import { encodePcap } from './pcap.ts'

/** Room for some ten thousand small packets between two batches. */
const bufferBytes = 16 * 1024 * 1024

/** Everything but sentinels: they are ours and no packet of the pod's. */
const withoutSentinels: readonly FilterInstruction[] = [
  [0x28, 0, 0, 12],
  [0x15, 0, 1, etherType],
  [0x06, 0, 0, 0],
  [0x06, 0, 0, 0x40000],
]

/**
 * The frames of one interface, from now on. Packet sockets stand beside the stack: nothing goes another way for them.
 */
export class Capture {
  readonly #name: string
  readonly #fd: number
  readonly #frames: Frame[] = []
  #lost = 0

  constructor({ name, namespaceFd, index, isLoopback }: PodInterface) {
    this.#name = name
    this.#fd = inNamespace(namespaceFd, () =>
      openPacketSocket(index, { incomingOnly: isLoopback, bufferBytes, filter: withoutSentinels }),
    )
  }

  /** Takes what has come, so that there is room for more. */
  take(): void {
    for (let frame = receiveFrame(this.#fd); frame !== undefined; frame = receiveFrame(this.#fd))
      this.#frames.push(frame)
    this.#lost += takeDrops(this.#fd)
  }

  result(): CaptureResult {
    this.take()
    return {
      name: this.#name,
      frames: this.#frames.length,
      lost: this.#lost,
      pcap: encodePcap(this.#frames).toString('base64'),
    }
  }

  close(): void {
    closeSocket(this.#fd)
  }
}
