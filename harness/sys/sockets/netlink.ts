import { formatDuration } from '../../core/deadline.ts'
import { HarnessError } from '../../core/errors.ts'
import {
  bind,
  checked,
  close,
  closeAside,
  errno,
  errnoName,
  recv,
  send,
  socket,
  SystemCallError,
  waitReadable,
} from '../libc/libc.ts'
import { AF } from './sockaddr.ts'
import { attachFilter, type FilterInstruction, setReceiveBuffer } from './sockets.ts'

/** Netlink families (linux/netlink.h). */
export const netlinkFamily = { route: 0, sockDiag: 4, netfilter: 12 } as const

export const NLM_F = {
  request: 1,
  ack: 4,
  dump: 0x300,
  create: 0x400,
  exclusive: 0x200,
  replace: 0x100,
  append: 0x800,
} as const
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const MSG_DONTWAIT = 0x40
/**
 * A request is answered by the kernel within the call that sends it, and an event is told in milliseconds; but links are
 * said to be up by a thread of the kernel that waits for all who make or remove links anywhere (linkwatch_event in
 * net/core/link_watch.c takes RTNL), which took more than 5 seconds on a busy machine.
 */
const answerMilliseconds = 60_000

/** A netlink attribute: a number is 32 bits in host order, a string ends with NUL, a list is nested. */
export type Attribute = readonly [type: number, value: number | string | Uint8Array | readonly Attribute[]]

export interface NetlinkMessage {
  type: number
  flags: number
  /** The family's fixed header, such as `ifinfomsg`. */
  header: Buffer
  attributes: readonly Attribute[]
  /** In words, for the error if the kernel refuses it. */
  what: string
}

const NLA_F_NESTED = 0x8000

/** The 32 bits of a number in network order, as netfilter's attributes have them. */
export function networkOrder(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

/** `nfgenmsg`, the fixed header of everything in netfilter (linux/netfilter/nfnetlink.h). */
export function netfilterHeader(family: number, resource = 0): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt8(family, 0)
  header.writeUInt16BE(resource, 2)
  return header
}

export function encodeAttributes(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(attributes.map(encodeAttribute))
}

function encodeAttribute([type, value]: Attribute): Buffer {
  const nested = Array.isArray(value)
  const payload = nested ? encodeAttributes(value) : encodeValue(value as number | string | Uint8Array)
  const encoded = Buffer.alloc((payload.length + 4 + 3) & ~3)
  encoded.writeUInt16LE(payload.length + 4, 0)
  encoded.writeUInt16LE(nested ? type | NLA_F_NESTED : type, 2)
  encoded.set(payload, 4)
  return encoded
}

function encodeValue(value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'string') return Buffer.from(`${value}\0`)
  if (typeof value !== 'number') return value
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The attributes in these bytes, by type; the last of a type wins. */
export function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>()
  for (let offset = 0; offset + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset)
    if (length < 4) break
    attributes.set(bytes.readUInt16LE(offset + 2) & 0x3fff, bytes.subarray(offset + 4, offset + length))
    offset += (length + 3) & ~3
  }
  return attributes
}

function encodeMessage(message: NetlinkMessage, sequence: number): Buffer {
  const body = Buffer.concat([message.header, encodeAttributes(message.attributes)])
  const encoded = Buffer.alloc(16 + body.length)
  encoded.writeUInt32LE(encoded.length, 0)
  encoded.writeUInt16LE(message.type, 4)
  encoded.writeUInt16LE(message.flags | NLM_F.request, 6)
  encoded.writeUInt32LE(sequence, 8)
  encoded.set(body, 16)
  return encoded
}

/** As large as the kernel's own answers get (netlink(7)). */
const received = Buffer.alloc(65536)

/** A netlink socket in the calling thread's network namespace (netlink(7)). */
export class Netlink {
  readonly #fd: number
  #sequence = 0

  /** @param groups multicast groups to hear, as a bit mask (rtnetlink(7)). */
  constructor(family: number, groups = 0) {
    this.#fd = checked(socket(AF.netlink, 3 | 0o2000000, family), 'socket(AF_NETLINK)')
    const address = Buffer.alloc(12)
    address.writeUInt16LE(AF.netlink, 0)
    address.writeUInt32LE(groups, 8)
    checked(bind(this.#fd, address, address.length), 'bind(AF_NETLINK)')
  }

  /** Has the kernel carry out all of these, in order. @throws SystemCallError naming the first that it refused. */
  carryOut(messages: readonly NetlinkMessage[]): void {
    for (const message of messages) {
      const sequence = this.#send({ ...message, flags: message.flags | NLM_F.ack })
      for (const answer of this.#receive()) {
        if (answer.sequence === sequence && answer.errno !== 0) throw new SystemCallError(message.what, answer.errno)
      }
    }
  }

  /**
   * Has the kernel carry out all of these or none, as nf_tables wants it.
   * @param begin starts the transaction, and `end` commits it. @throws SystemCallError naming the first that it
   * refused.
   */
  carryOutAtOnce(begin: NetlinkMessage, messages: readonly NetlinkMessage[], end: NetlinkMessage): void {
    const first = this.#sequence + 1
    const asked = messages.map((message) => ({ ...message, flags: message.flags | NLM_F.ack }))
    const bytes = Buffer.concat([begin, ...asked, end].map((message, index) => encodeMessage(message, first + index)))
    this.#sequence += messages.length + 2
    checked(send(this.#fd, bytes, bytes.length, 0), begin.what)
    for (let answered = 0; answered < messages.length; ) {
      for (const { sequence, errno } of this.#receive(begin.what)) {
        if (errno !== 0) throw new SystemCallError(messages[sequence - first - 1]?.what ?? begin.what, errno)
        answered += 1
      }
    }
  }

  /** Asks for one object. @returns its message after the netlink header, or undefined if there is none (ENOENT). */
  get(message: NetlinkMessage): Buffer | undefined {
    const sequence = this.#send(message)
    for (const answer of this.#receive()) {
      if (answer.sequence !== sequence) continue
      if (answer.body !== undefined) return answer.body
      if (answer.errno !== 0) return undefined
    }
    return undefined
  }

  /** Asks for all objects of a kind. */
  dump(message: NetlinkMessage): Buffer[] {
    this.#send({ ...message, flags: message.flags | NLM_F.dump })
    const bodies: Buffer[] = []
    for (;;) {
      for (const answer of this.#receive()) {
        if (answer.errno !== 0) throw new SystemCallError(message.what, answer.errno)
        if (answer.done) return bodies
        if (answer.body !== undefined) bodies.push(answer.body)
      }
    }
  }

  /** Blocks until the multicast groups have told something for which this holds. */
  hear(what: string, isIt: (body: Buffer) => boolean): void {
    for (;;) {
      for (const { body } of this.#receive(what)) if (body !== undefined && isIt(body)) return
    }
  }

  /** Lets so much wait to be read, where this process may. @returns how much it is now. */
  setReceiveBuffer(bytes: number): number {
    return setReceiveBuffer(this.#fd, bytes)
  }

  /** The kernel sorts out messages before they are queued. */
  attachFilter(program: readonly FilterInstruction[]): void {
    attachFilter(this.#fd, program)
  }

  /**
   * Everything that waits to be read, without waiting for more; `isLossy` if the kernel had to throw some of it away
   * (netlink(7), ENOBUFS).
   */
  take(): { bodies: Buffer[]; isLossy: boolean } {
    const bodies: Buffer[] = []
    let isLossy = false
    for (;;) {
      const length = recv(this.#fd, received, received.length, MSG_DONTWAIT)
      if (length < 0) {
        const name = errnoName(errno())
        if (name === 'EAGAIN') return { bodies, isLossy }
        if (name !== 'ENOBUFS') throw new SystemCallError('recv(AF_NETLINK)', errno())
        isLossy = true
        continue
      }
      for (const { body } of messagesIn(Buffer.from(received.subarray(0, length))))
        if (body !== undefined) bodies.push(body)
    }
  }

  close(): void {
    close(this.#fd)
  }

  /** Resolves once it is closed, however long the kernel takes: this thread goes on meanwhile. */
  closeAside(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    closeAside(this.#fd, resolve)
    return promise
  }

  #send(message: NetlinkMessage): number {
    this.#sequence += 1
    const bytes = encodeMessage(message, this.#sequence)
    checked(send(this.#fd, bytes, bytes.length, 0), message.what)
    return this.#sequence
  }

  *#receive(what = 'netlink'): Generator<Answer> {
    if (!waitReadable(this.#fd, answerMilliseconds))
      throw new HarnessError('machine', `${what}: no word of the kernel for ${formatDuration(answerMilliseconds)}`)
    const length = checked(recv(this.#fd, received, received.length, 0), 'recv(AF_NETLINK)')
    yield* messagesIn(Buffer.from(received.subarray(0, length)))
  }
}

interface Answer {
  sequence: number
  errno: number
  done: boolean
  body?: Buffer
}

function* messagesIn(buffer: Buffer): Generator<Answer> {
  for (let offset = 0; offset + 16 <= buffer.length; ) {
    const size = buffer.readUInt32LE(offset)
    const type = buffer.readUInt16LE(offset + 4)
    const sequence = buffer.readUInt32LE(offset + 8)
    const body = buffer.subarray(offset + 16, offset + size)
    if (type === NLMSG_ERROR) yield { sequence, errno: -body.readInt32LE(0), done: true }
    else if (type === NLMSG_DONE) yield { sequence, errno: 0, done: true }
    else yield { sequence, errno: 0, done: false, body }
    offset += (size + 3) & ~3
  }
}
