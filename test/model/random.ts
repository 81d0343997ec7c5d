import fc, { type Arbitrary } from 'fast-check'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { type Family, isLoopback } from '../../harness/core/address.ts'
import { type Case, closedPort, inPod, openPorts, podAddresses } from './pod.ts'
import { routing } from './random-routing.ts'
import { ruleText } from './random-rules.ts'
import { addresses, pick, sourcePorts } from './random-values.ts'

const identities = [
  { uid: 1000, gid: 1000, groups: [] },
  { uid: 1500, gid: 0, groups: [] },
  { uid: 0, gid: 0, groups: [] },
  { uid: 1001, gid: 1000, groups: [1500] },
]

/** A flow that stands at a boundary of what rules ask for. */
function flow(family: Family, hasInner: boolean): Arbitrary<FlowPlan> {
  const protocol = pick(['tcp', 'tcp', 'tcp', 'udp', 'icmp'] as const)
  const destination = fc.tuple(pick(addresses[family]), pick([...openPorts, closedPort, 15001]))
  const outward = fc
    .tuple(protocol, pick(identities), destination)
    .map(([protocol, credentials, [address, port]]): FlowPlan => {
      return {
        credentials,
        origin: { kind: 'pod' },
        protocol,
        family,
        destination: { address, port: protocol === 'icmp' ? 0 : port },
      }
    })
  const chosen = fc.tuple(
    outward,
    fc.option(pick(inPod[family]), { freq: 2, nil: undefined }),
    fc.option(pick(sourcePorts), { nil: undefined }),
  )
  const fromThere = chosen.map(([plan, address, port]): FlowPlan => {
    // The kernel sends nothing out from a loopback address.
    const own: readonly string[] = inPod[family]
    const isAllowed = address !== undefined && (!isLoopback(address) || own.includes(plan.destination.address))
    const source = { ...(isAllowed && { address }), ...(port !== undefined && plan.protocol !== 'icmp' && { port }) }
    return Object.keys(source).length === 0 ? plan : { ...plan, source }
  })
  const name = pick(['eth0', 'net1'])
  const inward = fc
    .tuple(protocol, name, pick([...openPorts, closedPort, 15003]))
    .map(([protocol, name, port]): FlowPlan => {
      const origin = { kind: 'peer' as const, interface: name }
      return {
        credentials: { uid: 2000, gid: 2000, groups: [] },
        origin,
        protocol,
        family,
        destination: { address: podAddresses.pod(name, family), port: protocol === 'icmp' ? 0 : port },
      }
    })
  const inner = fc.tuple(protocol, destination).map(([protocol, [address, port]]): FlowPlan => {
    const destination = {
      address: address.startsWith('127.') ? '203.0.113.10' : address,
      port: protocol === 'icmp' ? 0 : port,
    }
    return {
      credentials: { uid: 1000, gid: 1000, groups: [] },
      origin: { kind: 'inner' },
      protocol,
      family,
      destination,
    }
  })
  const all = [
    { weight: 5, arbitrary: outward },
    { weight: 3, arbitrary: inward },
    { weight: 2, arbitrary: fromThere },
  ]
  return fc.oneof(...all, ...(family === 'ipv4' && hasInner ? [{ weight: 1, arbitrary: inner }] : []))
}

/** Connection tracking remembers: no two flows of a pod may begin at one port. */
const hasItsOwnPort = ({ source }: FlowPlan, index: number, all: readonly FlowPlan[]): boolean =>
  source?.port === undefined || all.findIndex((other) => other.source?.port === source.port) === index

const passthrough = { ipv4: '127.0.0.6', ipv6: '::6' }

/** A pod, its rules, and flows through them. */
export function randomCase(family: Family, flows: number): Arbitrary<Case> {
  return fc
    .boolean()
    .chain((inner) =>
      fc.tuple(
        fc.constant(inner),
        fc.boolean(),
        ruleText(family),
        fc.option(routing(family, inner), { nil: undefined, freq: 2 }),
        fc.option(pick([{ from: 'client' }, { from: 'client', mark: 1 }, { from: passthrough }] as const), {
          nil: undefined,
        }),
        fc.option(pick([[addresses[family][0] ?? '']]), { nil: undefined, freq: 1 }),
        fc.array(flow(family, inner), { minLength: 1, maxLength: flows, size: 'max' }),
      ),
    )
    .map(([inner, transparent, rules, routing, inbound, dns, flows]) => ({
      inner,
      transparent,
      rules: [rules],
      ...(routing && { routing }),
      ...(inbound && { inbound }),
      ...(dns && { dns }),
      flows: flows.filter(hasItsOwnPort),
    }))
}
