import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import { closedPort, inPod, openPorts, outside, peers } from './pod.ts'

export const addresses = {
  ipv4: [...outside.ipv4, ...inPod.ipv4, ...peers.ipv4],
  ipv6: [...outside.ipv6, ...inPod.ipv6, ...peers.ipv6],
} as const
export const ports = [...openPorts, closedPort, 15000, 15001, 15003]

export const negatable = (text: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(fc.nat(3), text).map(([dice, condition]) => (dice === 0 ? `! ${condition}` : condition))
export const pick = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values)

export function network(family: Family): Arbitrary<string> {
  const lengths = family === 'ipv4' ? [1, 8, 24, 28, 32] : [1, 16, 48, 64, 128]
  return fc.tuple(pick(addresses[family]), pick(lengths)).map(([address, length]) => `${address}/${length}`)
}

export const portRange = fc.oneof(
  pick(ports).map(String),
  fc.tuple(pick(ports), fc.nat(9)).map(([first, more]) => `${first}:${first + more}`),
)

/** Senders that choose one have it among these; all others have one of an ordinary client's. */
export const sourcePorts = [1053, 5353, 9000, 15053] as const
export const sourcePort = pick([
  ...['1053', '5353', '9000', '15053', '53:9000', '1024:19999', '9000:65535'],
  ...['32768', '32768:60999', '33000:50000', '50000:65535', '1:40000'],
])
/** multiport takes no range that is one port. */
export const isOnePort = (text: string): boolean => /^(\d+):\1$/.test(text)
