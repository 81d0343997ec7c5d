import type { InSet, OverField } from '../../netfilter/condition.ts'
import { type Branch, type Decision, type DecisionField, type Edge, edgesAt } from '../../netfilter/decision.ts'
import { domainOf } from '../../netfilter/field.ts'
import { numbersFrom, questionOver } from '../../netfilter/field-questions.ts'
import type { Interval, Truth } from '../../netfilter/interval-set.ts'
import { addressNumber, interfaceNumber } from '../../netfilter/wide-values.ts'
import { hex } from '../../netfilter/format.ts'
import type { Answer, Part } from './answer.ts'
import {
  hasPorts,
  icmpTypes,
  type Packet,
  type Port,
  protocolNames,
  protocolNumbers,
  rangeOf,
} from '../packet/packet.ts'
import type { EvaluationContext } from './trail.ts'

/** Whether a packet is in a set of ipset(8) (ip_set_test in net/netfilter/ipset/ip_set_core.c). */
export function evaluateSet({ anyOf, asks, negated, changes }: InSet, { packet }: EvaluationContext): Answer {
  const parts: Part[] = []
  let truth: Truth = false
  for (const decision of anyOf) {
    const found = follow(decision, packet, parts)
    if (found === false) continue
    truth = found
    if (found === true) break
  }
  if ((truth === true && changes.has('takes')) || (truth === false && changes.has('adds'))) truth = 'unknown'
  return {
    truth: truth === 'unknown' ? truth : truth !== negated,
    actual: actualOf(packet, asks),
    parts,
  }
}

function follow(decision: Decision, packet: Packet, parts: Part[]): Truth {
  if (typeof decision === 'boolean') return decision
  const value = valueAt(decision, packet)
  const edges = edgesAt(decision, value.at)
  for (const edge of edges.length === 1 ? edges : [])
    if (value.of !== undefined) parts.push({ question: questionOf(decision, edge, packet), value: value.of })
  const truths = new Set(edges.map(({ then }) => follow(then, packet, parts)))
  const [only] = truths
  return truths.size === 1 && only !== undefined ? only : 'unknown'
}

/** @returns where it leads on, and what it is as the field has it; nothing for the type of an ICMP packet. */
function valueAt({ field, mask }: Branch, packet: Packet): { at: bigint | Interval<bigint>; of?: Part['value'] } {
  switch (field) {
    case 'saddr':
    case 'daddr': {
      const at = addressNumber(packet[field === 'saddr' ? 'source' : 'destination'].address)
      return { at, of: at }
    }
    case 'iif':
    case 'oif': {
      const at = interfaceNumber(packet[field === 'iif' ? 'in' : 'out'])
      return { at, of: at }
    }
    case 'mark':
      return { at: BigInt(packet.mark) & (mask ?? 0xffff_ffffn), of: packet.mark }
    case 'sport':
    case 'dport':
      return portOf(packet, field)
  }
}

function portOf(packet: Packet, field: 'sport' | 'dport'): ReturnType<typeof valueAt> {
  const base = BigInt(protocolNumbers[packet.family][packet.protocol]) << 16n
  if (!hasPorts(packet)) {
    const [type, code] = icmpTypes[packet.family][packet.protocol as keyof (typeof icmpTypes)['ipv4']]
    return { at: base + BigInt(type * 256 + code) }
  }
  const port: Port = packet[field === 'sport' ? 'source' : 'destination'].port
  const { first, last } = rangeOf(port)
  const at = { first: base + BigInt(first), last: base + BigInt(last) }
  return { at: first === last ? at.first : at, of: port }
}

const questions = new WeakMap<Edge, Map<string, OverField>>()

/** What leads by an edge: among ports, those of the packet's protocol. */
function questionOf({ field, mask }: Branch, edge: Edge, packet: Packet): OverField {
  const known = questions.get(edge) ?? new Map<string, OverField>()
  questions.set(edge, known)
  const key = `${packet.family} ${protocolNumbers[packet.family][packet.protocol]}`
  const found = known.get(key)
  if (found !== undefined) return found
  const base =
    field === 'sport' || field === 'dport' ? BigInt(protocolNumbers[packet.family][packet.protocol]) << 16n : 0n
  const isNumber = field === 'sport' || field === 'dport' || field === 'mark'
  const set = isNumber ? numbersFrom(edge.in, base, domainOf(field, packet.family) as Interval<number>) : edge.in
  const question = questionOver(field, set, mask)
  known.set(key, question)
  return question
}

/** `203.0.113.10,tcp:80`: what is asked about. */
function actualOf(packet: Packet, asks: readonly DecisionField[]): string {
  const { source, destination, family, protocol, mark } = packet
  const name = protocolNames[family][protocol]
  const port = (own: Port): string => {
    const { first, last } = rangeOf(own)
    if (hasPorts(packet)) return `${name}:${first === last ? first : `${first}-${last}`}`
    return `${name}:${icmpTypes[family][protocol as keyof (typeof icmpTypes)['ipv4']].join('/')}`
  }
  const text: Readonly<Record<DecisionField, () => string>> = {
    saddr: () => source.address,
    daddr: () => destination.address,
    sport: () => port(source.port),
    dport: () => port(destination.port),
    iif: () => packet.in ?? 'no interface',
    oif: () => packet.out ?? 'no interface',
    mark: () => hex(mark),
  }
  return asks.length === 0
    ? 'of another family, or asked in too few directions'
    : asks.map((field) => text[field]()).join()
}
