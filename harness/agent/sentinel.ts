import { closeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { bind, checked, recv, schedGetAffinity, schedSetAffinity, send, socket, waitReadable } from '../sys/libc.ts'
import { inNamespace } from '../sys/network-namespace.ts'
import { macBytes } from '../sys/rtnetlink.ts'
import { AF } from '../sys/sockaddr.ts'
import { HarnessError } from '../core/errors.ts'

/** One end of a way that packets take: a namespace and a link in it. */
export interface WayEnd {
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

/**
 * Sends a frame along each path, in both directions, once from every CPU, and waits until it has come through. Packets
 * wait in one queue a CPU and leave it in order, so whatever was sent before has then been delivered, dropped or
 * answered: no rule can hold a sentinel back, since packet sockets stand below netfilter.
 * @throws HarnessError (`machine`) if a sentinel does not come through.
 */
export function sendSentinels(ways: readonly Way[]): void {
  for (const [here, there] of ways) {
    const ends = [openEnd(here), openEnd(there)] as const
    try {
      onEachCpu(() => {
        pass(ends[0], ends[1], here, there)
        pass(ends[1], ends[0], there, here)
      })
    } finally {
      for (const fd of ends) closeSync(fd)
    }
  }
}

function openEnd({ namespaceFd, index }: WayEnd): number {
  return inNamespace(namespaceFd, () => {
    // Made with no protocol, so that nothing is received before it is bound to its link.
    const fd = checked(socket(AF.packet, SOCK_RAW_CLOEXEC, 0), 'socket(AF_PACKET)')
    const address = Buffer.alloc(20)
    address.writeUInt16LE(AF.packet, 0)
    address.writeUInt16BE(etherType, 2)
    address.writeInt32LE(index, 4)
    checked(bind(fd, address, address.length), 'bind(AF_PACKET)')
    return fd
  })
}

function pass(from: number, to: number, sender: WayEnd, receiver: WayEnd): void {
  const frame = Buffer.alloc(60)
  frame.set(macBytes(receiver.mac), 0)
  frame.set(macBytes(sender.mac), 6)
  frame.writeUInt16BE(etherType, 12)
  checked(send(from, frame, frame.length, 0), 'send(sentinel)')
  if (!waitReadable(to, patienceMilliseconds)) {
    throw new HarnessError('machine', 'a sentinel frame did not come through, so nothing can be said to be dropped')
  }
  recv(to, frame, frame.length, 0)
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
