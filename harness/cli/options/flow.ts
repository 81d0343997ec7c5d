import { addressBytes, familyOf, isLoopback } from '../../core/address.ts'
import { isDscpAlone } from '../../core/tos.ts'
import { inputError } from '../../core/errors.ts'
import { resolveEndpoint } from '../../flow/endpoint.ts'
import type { ConcreteFlow, Protocol } from '../../flow/flow.ts'
import { parseEndpoint } from '../../scenario/endpoint-text.ts'
import { oneOf, reading } from '../command/option.ts'
import type { ConfigInput } from './config.ts'

/** The addresses of the pod and its peer by default. */
export const usual = {
  pod: { ipv4: '10.244.0.5', ipv6: 'fd00:10::5' },
  peer: { ipv4: '10.244.0.1', ipv6: 'fd00:10::1' },
} as const

export const protocol = oneOf<Protocol>(['tcp', 'udp', 'icmp'])

export function interfaceName(text: string): string {
  if (text === 'lo')
    throw new TypeError('what the pod sends to itself comes from a process: leave --in out and say its --uid')
  if (!/^[^\s/]{1,15}$/.test(text)) throw new TypeError(`'${text}' is no interface's name`)
  return text
}

/** What the options say of the flow. */
interface FlowValues {
  uid: number | undefined
  gid: number | undefined
  groups: number[] | undefined
  proto: Protocol
  to: string | undefined
  from: string | undefined
  in: string | undefined
  mark: number | undefined
  tos: number | undefined
}

/** Reads a mark, as ip-rule(8) has it. @throws TypeError */
export function mark(text: string): number {
  const number = /^(0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : 0
  if (number < 1 || number > 0xffff_ffff)
    throw new TypeError(`'${text}' is no mark; write a number from 1 to 0xffffffff`)
  return number
}

/** Reads what a socket sets as its DSCP and ECN, the DSCP in the upper six bits. @throws TypeError */
export function tos(text: string): number {
  const number = /^(0x[\da-f]{1,2}|\d{1,3})$/i.test(text) ? Number(text) : 256
  if (number > 255) throw new TypeError(`'${text}' is no TOS; write a number from 0 to 0xff, such as 0xb8 for DSCP 46`)
  return number
}

/**
 * The flow that the options say, with nothing symbolic left in it. @throws HarnessError (`input`) naming the option.
 */
export function readFlow(
  { uid, gid, groups = [], proto, to, from, in: device, mark, tos }: FlowValues,
  { podIPs = [], family }: ConfigInput,
): ConcreteFlow {
  if (to === undefined) throw inputError('--to', 'is missing', 'write --to ADDRESS:PORT, such as --to 203.0.113.10:80')
  if (uid === undefined && device === undefined)
    throw inputError(
      '--uid',
      'is missing',
      'say as whom the process runs, or with --in by which interface the packet comes in',
    )
  if (mark !== undefined && device !== undefined)
    throw inputError('--mark', 'nobody in the pod marks what comes in by an interface', 'leave --in out, or --mark')
  if (tos !== undefined && proto === 'tcp' && !isDscpAlone(tos))
    throw inputError('--tos', 'of a TCP socket the kernel keeps the lower two bits (ECN) to itself', 'leave them 0')
  const endpoint = reading('--to', () => parseEndpoint(to, proto !== 'icmp'))
  const source = from === undefined ? undefined : readSourceAddress(from)
  const own =
    endpoint.kind === 'literal' ? endpoint.family : (family ?? familyOf(source?.address ?? podIPs[0] ?? '') ?? 'ipv4')
  if (source !== undefined && familyOf(source.address) !== own)
    throw inputError('--from', `${from} is not of the family of ${to}`)
  const known = podIPs.find((address) => familyOf(address) === own)
  const said =
    device === undefined && source !== undefined && isOnInterface(source.address) ? source.address : undefined
  const book = { pod: () => known ?? said ?? usual.pod[own], peer: () => usual.peer[own] }
  const destination = resolveEndpoint(endpoint, own, book)
  if (destination === undefined) throw inputError('--to', `${to} is not ${own}`)
  return {
    credentials: { uid: uid ?? 0, gid: gid ?? uid ?? 0, groups },
    origin: device === undefined ? { kind: 'pod' } : { kind: 'peer', interface: device },
    protocol: proto,
    family: own,
    destination,
    ...(source && { source }),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && { tos }),
  }
}

/** Whether `--to` is `pod:PORT` or the like, which has an address of each family. */
export const isSymbolic = ({ to = '', proto }: Pick<FlowValues, 'to' | 'proto'>): boolean =>
  parseEndpoint(to, proto !== 'icmp').kind !== 'literal'

/**
 * Whether an address can be that of an interface with a peer. Proxies send from addresses that only the loopback
 * interface has, such as Istio's ::6 (RFC 4291, 2.5.5.1, has no other use for ::/96).
 */
export const isOnInterface = (address: string): boolean =>
  !isLoopback(address) && addressBytes(address).findIndex((byte) => byte > 0) < 12

function readSourceAddress(text: string): { address: string; port?: number } {
  if (familyOf(text) !== undefined) return { address: text }
  const endpoint = reading('--from', () => parseEndpoint(text, true))
  if (endpoint.kind !== 'literal') throw inputError('--from', `'${text}' is no address; write ADDRESS or ADDRESS:PORT`)
  return { address: endpoint.address, port: endpoint.port }
}
