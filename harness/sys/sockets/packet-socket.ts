import { bind, checked, errno, errnoName, recvmsg, socket, SystemCallError } from '../libc/libc.ts'
import { AF } from './sockaddr.ts'
import { attachFilter, type FilterInstruction, getOption, readControl, setOption } from './sockets.ts'

const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000
const ETH_P_ALL = 3
const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
/** asm-generic/socket.h and linux/if_packet.h. */
const SOL = { socket: 1, packet: 263 } as const
const SO = { receiveBufferForce: 33, timestampNs: 35 } as const
const PACKET = { statistics: 6, ignoreOutgoing: 23 } as const
/** More than the largest frame that segmentation offload makes. */
const longestFrame = 0x20000

/** One frame as it was on a link. */
export interface Frame {
  data: Buffer
  /** Bytes that it had there. */
  length: number
  /** When the kernel saw it, since 1970. */
  seconds: number
  nanoseconds: number
}

/**
 * Opens a packet socket (packet(7)) in the calling thread's network namespace, which sees every frame of one link.
 * @param incomingOnly on loopback every frame goes out and comes in again.
 * @param bufferBytes what may wait to be read; less where the kernel does not grant it.
 */
export function openPacketSocket(
  index: number,
  {
    incomingOnly,
    bufferBytes,
    filter,
  }: { incomingOnly: boolean; bufferBytes: number; filter: readonly FilterInstruction[] },
): number {
  // Made with no protocol, so that nothing is received before it is filtered and bound to its link.
  const fd = checked(socket(AF.packet, SOCK_RAW_NONBLOCK_CLOEXEC, 0), 'socket(AF_PACKET)')
  setOption(fd, SOL.socket, SO.timestampNs, 1)
  attachFilter(fd, filter)
  if (incomingOnly) setOption(fd, SOL.packet, PACKET.ignoreOutgoing, 1)
  try {
    setOption(fd, SOL.socket, SO.receiveBufferForce, bufferBytes)
  } catch {
    // What is lost is counted.
  }
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF.packet, 0)
  address.writeUInt16BE(ETH_P_ALL, 2)
  address.writeInt32LE(index, 4)
  checked(bind(fd, address, address.length), 'bind(AF_PACKET)')
  return fd
}

let buffer: Buffer | undefined

/** The next frame that waits, or undefined. @throws SystemCallError */
export function receiveFrame(fd: number): Frame | undefined {
  buffer ??= Buffer.alloc(longestFrame)
  const control = Buffer.alloc(128)
  const message = {
    name: Buffer.alloc(20),
    nameLength: 20,
    iov: [{ base: buffer, length: buffer.length }],
    iovLength: 1,
    control,
    controlLength: control.length,
    flags: 0,
  }
  const length = recvmsg(fd, message, MSG_DONTWAIT | MSG_TRUNC)
  if (length < 0) {
    const number = errno()
    if (errnoName(number) === 'EAGAIN') return undefined
    throw new SystemCallError('recvmsg(AF_PACKET)', number)
  }
  const time = readControl(control.subarray(0, message.controlLength)).find(
    ({ level, type }) => level === SOL.socket && type === SO.timestampNs,
  )
  return {
    data: Buffer.from(buffer.subarray(0, Math.min(length, buffer.length))),
    length,
    seconds: Number(time?.data.readBigInt64LE(0) ?? 0n),
    nanoseconds: Number(time?.data.readBigInt64LE(8) ?? 0n),
  }
}

/** How many frames found no room since this was last asked (struct tpacket_stats). */
export function takeDrops(fd: number): number {
  return getOption(fd, SOL.packet, PACKET.statistics, 8)?.readUInt32LE(4) ?? 0
}
