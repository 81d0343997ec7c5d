import {
  addressBytes,
  addressFromBytes,
  type Family,
  familyOf,
  isInPrefix,
  networkEdges,
  withoutPrefix,
} from '../../core/address.ts'
import type { Link } from '../../flow/pod-plan.ts'
import { makeLink } from './make-link.ts'

/** Networks that programs give their bridges where nobody says otherwise. */
const usual: readonly (readonly [name: RegExp, network: string])[] = [
  [/^docker0$/, '172.17.0.0/16'],
  [/^podman/, '10.88.0.0/16'],
  [/^virbr/, '192.168.122.0/24'],
  // KubeVirt's masquerade (VMINetwork's default in its API); the VM is the second host.
  [/^k6t-/, '10.0.2.0/24'],
]

/**
 * An interface with others behind it, of which nothing is known but what is told.
 * @param told networks and hosts behind it, with their prefix lengths.
 * @param taken networks of other interfaces.
 */
export function linkBehind(name: string, position: number, told: readonly string[], taken: readonly string[]): Link {
  const ours = makeLink(name, position)
  const four = endsIn('ipv4', told, taken, usual.find(([known]) => known.test(name))?.[1])
  const six = endsIn('ipv6', told, taken)
  return {
    name,
    pod: { ipv4: four?.pod ?? ours.pod.ipv4, ipv6: six?.pod ?? ours.pod.ipv6 },
    peer: { ipv4: four?.peer ?? ours.peer.ipv4, ipv6: six?.peer ?? ours.peer.ipv6 },
    behind: told,
  }
}

const whole = { ipv4: 32, ipv6: 128 } as const
/** A network of one's own around a host. */
const around = { ipv4: 24, ipv6: 64 } as const

function endsIn(
  family: Family,
  told: readonly string[],
  taken: readonly string[],
  otherwise?: string,
): { pod?: string; peer: string } | undefined {
  const own = told.filter((network) => familyOf(withoutPrefix(network)) === family)
  const hosts = own.filter((network) => lengthOf(network) === whole[family]).map(withoutPrefix)
  const networks = own.filter((network) => lengthOf(network) <= whole[family] - 2)
  const holding = networks.find((network) => hosts.some((host) => isInPrefix(host, network)))
  const usualHolds = otherwise !== undefined && hosts.every((host) => isInPrefix(host, otherwise))
  const [host] = hosts
  const network =
    holding ?? networks[0] ?? (usualHolds ? otherwise : host === undefined ? undefined : `${host}/${around[family]}`)
  if (network === undefined) return undefined
  const peer = hosts.find((each) => isInPrefix(each, network))
  const { first = '' } = networkEdges(network)
  const isTaken = taken.some((other) => isInPrefix(withoutPrefix(other), network) || isInPrefix(first, other))
  // Two interfaces with hosts of one network, as Calico's: each has an address of ours.
  if (isTaken) return peer === undefined ? undefined : { peer: `${peer}/${whole[family]}` }
  const free = [1, 254, 3].map((step) => hostOf(first, step)).find((address) => !hosts.includes(address)) ?? first
  const length = lengthOf(network)
  return { pod: `${free}/${length}`, peer: `${peer ?? hostOf(first, 2)}/${length}` }
}

const lengthOf = (network: string): number => Number(network.slice(network.indexOf('/') + 1))

/** An address so many behind a network's first, whose last bits are zero. */
export function hostOf(first: string, step: number): string {
  const bytes = addressBytes(first)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + step
  return addressFromBytes(bytes)
}
