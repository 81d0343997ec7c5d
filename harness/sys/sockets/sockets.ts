import { addressFromBytes, type AddressPort, type Family } from '../../core/address.ts'
import * as libc from '../libc/libc.ts'
import { addressFamily, decodeSocketAddress, encodeSocketAddress } from './sockaddr.ts'

const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
const socketTypes = { tcp: 1, udp: 2, ping: 2, raw: 3 } as const
const MSG_DONTWAIT = 0x40
const MSG_ERRQUEUE = 0x2000

/**
 * Levels and names of socket options, from Linux' own headers (asm-generic/socket.h, linux/in.h, linux/in6.h,
 * linux/tcp.h).
 */
const SOL = { socket: 1, ip: 0, ipv6: 41, tcp: 6 } as const
const SO = {
  reuseAddress: 2,
  error: 4,
  receiveBuffer: 8,
  linger: 13,
  bindToDevice: 25,
  mark: 36,
  attachFilter: 26,
  receiveBufferForce: 33,
} as const
const IP = { tos: 1, recvErr: 11, originalDestination: 80, transparent: 19 } as const
const IPV6 = {
  trafficClass: 67,
  transparent: 75,
  recvPacketInfo: 49,
  v6Only: 26,
  recvErr: 25,
  originalDestination: 80,
} as const
const TCP = { info: 11, saveSyn: 27, savedSyn: 28 } as const
const IPPROTO = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 } as const

/** States of a TCP socket as TCP_INFO has them (linux/tcp_states.h). */
export const tcpStates = { synSent: 2, close: 7 } as const

/**
 * Opens a non-blocking socket in the calling thread's network namespace.
 * @param type `ping` is an ICMP echo socket that needs no privilege (net.ipv4.ping_group_range).
 * @param protocol of a raw socket alone.
 * @throws SystemCallError
 */
export function openSocket(
  type: keyof typeof socketTypes,
  family: Family,
  protocol: keyof typeof IPPROTO | undefined = undefined,
): number {
  const icmp = family === 'ipv4' ? IPPROTO.icmp : IPPROTO.icmpv6
  const number = type === 'ping' ? icmp : protocol === undefined ? 0 : IPPROTO[protocol]
  return libc.checked(
    libc.socket(addressFamily[family], socketTypes[type] | SOCK_NONBLOCK_CLOEXEC, number),
    `socket(${family} ${type})`,
  )
}

export function setOption(fd: number, level: number, name: number, value: number | Buffer): void {
  const bytes = typeof value === 'number' ? Buffer.alloc(4) : value
  if (typeof value === 'number') bytes.writeInt32LE(value)
  libc.checked(libc.setsockopt(fd, level, name, bytes, bytes.length), `setsockopt(${level}, ${name})`)
}

export function getOption(fd: number, level: number, name: number, size: number): Buffer | undefined {
  const bytes = Buffer.alloc(size)
  return libc.getsockopt(fd, level, name, bytes, Uint32Array.of(size)) < 0 ? undefined : bytes
}

/** getsockopt(2) with a question in what it fills. @param asked that; the answer is as long. @throws SystemCallError */
export function askOption(fd: number, level: number, name: number, asked: Buffer): Buffer {
  const bytes = Buffer.from(asked)
  libc.checked(libc.getsockopt(fd, level, name, bytes, Uint32Array.of(bytes.length)), `getsockopt(${level}, ${name})`)
  return bytes
}

export function bindSocket(fd: number, at: AddressPort): void {
  const address = encodeSocketAddress(at)
  libc.checked(libc.bind(fd, address, address.length), `bind ${at.address} port ${at.port}`)
}

/** connect(2). @returns 0 or the error's number; EINPROGRESS is the usual one of a non-blocking TCP socket. */
export function connectSocket(fd: number, to: AddressPort): number {
  const address = encodeSocketAddress(to)
  return libc.connect(fd, address, address.length) < 0 ? libc.errno() : 0
}

/** A listener can have a port that old connections still hold (socket(7), SO_REUSEADDR). */
export const setReuseAddress = (fd: number): void => setOption(fd, SOL.socket, SO.reuseAddress, 1)
/** An IPv6 socket for IPv6 alone, so that an IPv4 one can have the same port (RFC 3493, 5.3). */
export const setV6Only = (fd: number, only: boolean): void => setOption(fd, SOL.ipv6, IPV6.v6Only, only ? 1 : 0)
/**
 * The socket takes connections to addresses that are not its host's own (ip(7), IP_TRANSPARENT); needs CAP_NET_ADMIN.
 */
export const setTransparent = (fd: number, family: Family): void =>
  family === 'ipv4' ? setOption(fd, SOL.ip, IP.transparent, 1) : setOption(fd, SOL.ipv6, IPV6.transparent, 1)
/** A raw IPv6 socket tells where a packet was sent to (RFC 3542, 6.1). */
export const setReceivePacketInfo = (fd: number): void => setOption(fd, SOL.ipv6, IPV6.recvPacketInfo, 1)
/** A listener's connections keep the packet that began them (linux/tcp.h, TCP_SAVE_SYN). */
export const setSaveSyn = (fd: number): void => setOption(fd, SOL.tcp, TCP.saveSyn, 1)
/** The socket keeps ICMP errors with the address of who sent them (ip(7), IP_RECVERR). */
export const setReceiveErrors = (fd: number, family: Family, isOn: boolean): void =>
  family === 'ipv4'
    ? setOption(fd, SOL.ip, IP.recvErr, Number(isOn))
    : setOption(fd, SOL.ipv6, IPV6.recvErr, Number(isOn))
export const receivesErrors = (fd: number, family: Family): boolean => {
  const option = family === 'ipv4' ? getOption(fd, SOL.ip, IP.recvErr, 4) : getOption(fd, SOL.ipv6, IPV6.recvErr, 4)
  return option?.readInt32LE(0) === 1
}
/** Closing sends RST and leaves nothing in TIME_WAIT (socket(7), SO_LINGER). */
export const setAbortOnClose = (fd: number): void =>
  setOption(fd, SOL.socket, SO.linger, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))
export const setBindToDevice = (fd: number, name: string): void =>
  setOption(fd, SOL.socket, SO.bindToDevice, Buffer.from(`${name}\0`))
/** What the socket's packets are marked with (socket(7), SO_MARK); needs CAP_NET_ADMIN. */
export const setMark = (fd: number, mark: number): void => setOption(fd, SOL.socket, SO.mark, mark | 0)
/** DSCP and ECN of what the socket sends (ip(7), IP_TOS; RFC 3542, IPV6_TCLASS); TCP leaves out those of ECN. */
export const setTos = (fd: number, family: Family, tos: number): void =>
  family === 'ipv4' ? setOption(fd, SOL.ip, IP.tos, tos) : setOption(fd, SOL.ipv6, IPV6.trafficClass, tos)
/** How many bytes may wait to be read, beyond net.core.rmem_max only where root does it. @returns how many may now. */
export function setReceiveBuffer(fd: number, bytes: number): number {
  try {
    setOption(fd, SOL.socket, SO.receiveBufferForce, bytes)
  } catch {
    setOption(fd, SOL.socket, SO.receiveBuffer, bytes)
  }
  return getOption(fd, SOL.socket, SO.receiveBuffer, 4)?.readInt32LE(0) ?? 0
}
export const listenSocket = (fd: number, backlog: number): number => libc.checked(libc.listen(fd, backlog), 'listen')
/**
 * The connection of somebody who waits at a listener, non-blocking; undefined if nobody does. It is whoever calls this
 * that owns it (sock_alloc_file in net/socket.c). @throws SystemCallError
 */
export function acceptConnection(listener: number): number | undefined {
  for (;;) {
    const fd = libc.accept(listener, null, null, SOCK_NONBLOCK_CLOEXEC)
    if (fd >= 0) return fd
    const number = libc.errno()
    const code = libc.errnoName(number)
    if (code === 'EAGAIN') return undefined
    if (code !== 'EINTR') throw new libc.SystemCallError('accept', number)
  }
}

export const closeSocket = (fd: number): number => libc.close(fd)

/** Where the kernel writes an address that is read at once. */
const address = Buffer.alloc(28)
const size = new Uint32Array(1)

export function localAddress(fd: number): AddressPort {
  size[0] = address.length
  libc.checked(libc.getsockname(fd, address, size), 'getsockname')
  return decodeSocketAddress(address)
}

/** Who a connection is with; undefined if it is with nobody any more. */
export function remoteAddress(fd: number): AddressPort | undefined {
  size[0] = address.length
  return libc.getpeername(fd, address, size) < 0 ? undefined : decodeSocketAddress(address)
}

/** SO_ERROR: the error that a connection attempt ended with, and 0 if it has not; reading it clears it. */
export function pendingError(fd: number): number {
  return getOption(fd, SOL.socket, SO.error, 4)?.readInt32LE(0) ?? 0
}

/** A TCP socket's state (linux/tcp.h, struct tcp_info: tcpi_state). */
export function tcpState(fd: number): number {
  return getOption(fd, SOL.tcp, TCP.info, 8)?.readUInt8(0) ?? tcpStates.close
}

/**
 * Whether a TCP socket was given something that is not acknowledged (linux/tcp.h, struct tcp_info: tcpi_unacked,
 * tcpi_notsent_bytes).
 */
export function hasUnacknowledged(fd: number): boolean {
  const info = getOption(fd, SOL.tcp, TCP.info, 148)
  // What a rule drops on its way out of this very host counts as not sent yet (tcp_write_xmit in
  // net/ipv4/tcp_output.c).
  return info !== undefined && (info.readUInt32LE(24) > 0 || info.readUInt32LE(144) > 0)
}

/**
 * What the client dialled before REDIRECT or DNAT (SO_ORIGINAL_DST); undefined where connection tracking knows nothing.
 * It also answers for connections that nobody translated.
 */
export function originalDestination(fd: number, family: Family): AddressPort | undefined {
  const address =
    family === 'ipv4'
      ? getOption(fd, SOL.ip, IP.originalDestination, 16)
      : getOption(fd, SOL.ipv6, IPV6.originalDestination, 28)
  return address && decodeSocketAddress(address)
}

/**
 * Who began an accepted connection, by the packet that is kept of it; getpeername(2) knows no more of one that has been
 * reset.
 */
export function savedSource(fd: number): AddressPort | undefined {
  const packet = getOption(fd, SOL.tcp, TCP.savedSyn, 256)
  const version = packet === undefined ? 0 : packet.readUInt8(0) >> 4
  // Nothing is kept where the listener did not ask for it.
  if (packet === undefined || (version !== 4 && version !== 6)) return undefined
  const isIPv4 = version === 4
  const tcp = isIPv4 ? (packet.readUInt8(0) & 0x0f) * 4 : ipv6HeaderLength
  return {
    address: addressFromBytes(packet.subarray(...(isIPv4 ? [12, 16] : [8, 24]))),
    port: packet.readUInt16BE(tcp),
  }
}

const ipv6HeaderLength = 40

export function sendOn(fd: number, data: Buffer): number {
  return libc.send(fd, data, data.length, MSG_DONTWAIT) < 0 ? libc.errno() : 0
}

export interface Received {
  data: Buffer
  /** Who sent it; for an entry of the error queue, what the failed packet was sent to. */
  from: AddressPort
  /** Control messages: level, type and data. */
  control: { level: number; type: number; data: Buffer }[]
}

/**
 * Receives one message without waiting. @returns undefined if there is none. @throws SystemCallError if the socket has
 * an error.
 */
export function receive(fd: number, queue: 'data' | 'errors' = 'data'): Received | undefined {
  const name = Buffer.alloc(28)
  const data = Buffer.alloc(2048)
  const control = Buffer.alloc(512)
  const message = {
    name,
    nameLength: 28,
    iov: [{ base: data, length: data.length }],
    iovLength: 1,
    control,
    controlLength: control.length,
    flags: 0,
  }
  const length = libc.recvmsg(fd, message, queue === 'errors' ? MSG_DONTWAIT | MSG_ERRQUEUE : MSG_DONTWAIT)
  if (length < 0) {
    const number = libc.errno()
    if (libc.errnoName(number) === 'EAGAIN') return undefined
    throw new libc.SystemCallError('recvmsg', number)
  }
  const from = message.nameLength >= 16 ? decodeSocketAddress(name) : { address: '0.0.0.0', port: 0 }
  return { data: data.subarray(0, length), from, control: readControl(control.subarray(0, message.controlLength)) }
}

/** The control messages of a message received (cmsg(3)). */
export function readControl(bytes: Buffer): Received['control'] {
  const messages: Received['control'] = []
  for (let offset = 0; offset + 16 <= bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(offset))
    if (length < 16) break
    messages.push({
      level: bytes.readInt32LE(offset + 8),
      type: bytes.readInt32LE(offset + 12),
      data: bytes.subarray(offset + 16, offset + length),
    })
    offset += (length + 7) & ~7
  }
  return messages
}

/**
 * The ICMP error that a packet of this socket met, from its error queue, with the address of who sent the ICMP message.
 */
export function receiveError(fd: number): { errno: number; offender?: string } | undefined {
  const entry = receive(fd, 'errors')
  const extended = entry?.control.find(
    ({ level, type }) => (level === SOL.ip && type === IP.recvErr) || (level === SOL.ipv6 && type === IPV6.recvErr),
  )
  if (extended === undefined) return undefined
  const errno = extended.data.readUInt32LE(0)
  const hasOffender = extended.data.length >= 32 && extended.data.readUInt16LE(16) !== 0
  return hasOffender ? { errno, offender: decodeSocketAddress(extended.data.subarray(16)).address } : { errno }
}

/** One instruction of a classic BPF program (linux/filter.h). */
export type FilterInstruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number]

/** The kernel sorts out packets before they are queued (socket(7), SO_ATTACH_FILTER). */
export function attachFilter(fd: number, program: readonly FilterInstruction[]): void {
  const instructions = Buffer.alloc(program.length * 8)
  program.forEach(([code, jumpTrue, jumpFalse, k], index) => {
    instructions.writeUInt16LE(code, index * 8)
    instructions.writeUInt8(jumpTrue, index * 8 + 2)
    instructions.writeUInt8(jumpFalse, index * 8 + 3)
    instructions.writeUInt32LE(k, index * 8 + 4)
  })
  const size = 16
  libc.checked(
    libc.setsockoptFilter(fd, SOL.socket, SO.attachFilter, { length: program.length, filter: instructions }, size),
    'setsockopt(SO_ATTACH_FILTER)',
  )
}
