import { close } from 'node:fs'
import { promisify } from 'node:util'
import { availableParallelism } from 'node:os'
import {
  bind,
  checked,
  recv,
  schedGetAffinity,
  schedSetAffinity,
  sendto,
  socket,
  waitReadable,
} from '../sys/libc/libc.ts'
import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import { macBytes } from '../sys/sockets/rtnetlink.ts'
import { AF } from '../sys/sockets/sockaddr.ts'
import { HarnessError } from '../core/errors.ts'

/** One end of a way that packets take: a namespace and a link in it. */
interface WayEnd {
  namespaceFd: number
  index: number
  mac: string
}

/** The two ends of a link; on loopback both are the same. */
export type Way = readonly [WayEnd, WayEnd]

/** IEEE 802 local experimental EtherType 1: no protocol stack touches the frame, only our own sockets see it. */
export const etherType = 0x88b5
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const patienceMilliseconds = 2_000
/** Behind both addresses and the type. */
const numberOffset = 14

const closeAside = promisify(close)
const opened = new Set<Sentinels>()

/**
 * Resolves once no sentinel has a socket any more. Threads wait for the same grace period; at the end of the process the
 * kernel would close one socket after the other.
 */
export async function closeSentinels(): Promise<void> {
  await Promise.all([...opened].map((sentinels) => sentinels.close()))
}

/** Frames of our own along every way of a pod, from sockets that are opened with the first of them. */
export class Sentinels {
  readonly #ways: readonly Way[]
  readonly #sockets = new Map<number, number>()

  constructor(ways: readonly Way[]) {
    this.#ways = ways
  }

  /**
   * Sends a frame along each path, in both directions, once from every CPU, and waits until it has come through. Packets
   * wait in one queue a CPU and leave it in order, so whatever was sent before has then been delivered, dropped or
   * answered: no rule can hold a sentinel back, since packet sockets stand below netfilter.
   * @throws HarnessError (`machine`) if a sentinel does not come through.
   */
  send(): void {
    try {
      onEachCpu(() => {
        for (const [here, there] of this.#ways) {
          pass(this.#socketOf(here), this.#socketOf(there), here, there)
          pass(this.#socketOf(there), this.#socketOf(here), there, here)
        }
      })
    } catch (error) {
      // One that is late would be taken for the next.
      void this.close()
      throw error
    }
  }

  /** Resolves once the kernel has closed its sockets. */
  async close(): Promise<void> {
    opened.delete(this)
    const fds = [...this.#sockets.values()]
    this.#sockets.clear()
    // In threads of their own: the kernel waits for an RCU grace period, 15 ms, in which nothing else would be done
    // (packet_release).
    await Promise.all(fds.map((fd) => closeAside(fd)))
  }

  #socketOf({ namespaceFd }: WayEnd): number {
    const known = this.#sockets.get(namespaceFd)
    if (known !== undefined) return known
    const fd = openIn(namespaceFd)
    this.#sockets.set(namespaceFd, fd)
    opened.add(this)
    return fd
  }
}

/** A packet socket for every link of a namespace. */
function openIn(namespaceFd: number): number {
  return inNamespace(namespaceFd, () => {
    const fd = checked(socket(AF.packet, SOCK_RAW_CLOEXEC, 0), 'socket(AF_PACKET)')
    const address = linkAddress(0)
    checked(bind(fd, address, address.length), 'bind(AF_PACKET)')
    return fd
  })
}

/** Of a sentinel's frames at a link (struct sockaddr_ll); 0 stands for every link. */
function linkAddress(index: number): Buffer {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF.packet, 0)
  address.writeUInt16BE(etherType, 2)
  address.writeInt32LE(index, 4)
  return address
}

/** Of the last frame: each is told from all others. */
let count = 0

function pass(from: number, to: number, sender: WayEnd, receiver: WayEnd): void {
  count += 1
  const frame = Buffer.alloc(60)
  frame.set(macBytes(receiver.mac), 0)
  frame.set(macBytes(sender.mac), 6)
  frame.writeUInt16BE(etherType, 12)
  frame.writeUInt32BE(count >>> 0, numberOffset)
  const link = linkAddress(sender.index)
  checked(sendto(from, frame, frame.length, 0, link, link.length), 'sendto(sentinel)')
  do {
    if (!waitReadable(to, patienceMilliseconds))
      throw new HarnessError('machine', 'a sentinel frame did not come through, so nothing can be said to be dropped')
    recv(to, frame, frame.length, 0)
  } while (frame.readUInt32BE(numberOffset) !== count >>> 0)
}

/** Runs something once on every CPU that this process may use. */
function onEachCpu(use: () => void): void {
  const allowed = Buffer.alloc(128)
  checked(schedGetAffinity(0, allowed.length, allowed), 'sched_getaffinity')
  if (availableParallelism() === 1) return use()
  try {
    for (let cpu = 0; cpu < allowed.length * 8; cpu += 1) {
      if (((allowed[cpu >> 3] ?? 0) & (1 << (cpu & 7))) === 0) continue
      const single = Buffer.alloc(allowed.length)
      single[cpu >> 3] = 1 << (cpu & 7)
      checked(schedSetAffinity(0, single.length, single), 'sched_setaffinity')
      use()
    }
  } finally {
    checked(schedSetAffinity(0, allowed.length, allowed), 'sched_setaffinity')
  }
}
