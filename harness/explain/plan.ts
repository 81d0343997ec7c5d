import { isLoopback, withoutPrefix } from '../core/address.ts'
import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { namedCredentials } from '../flow/identity.ts'
import { listeningPorts } from '../flow/listener.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { isLinkLocal } from '../flow/sendable.ts'
import { rulesOf, type Ruleset } from '../netfilter/ruleset.ts'
import type { Statement } from '../netfilter/statement.ts'
import type { Surrounding } from '../model/surrounding.ts'
import type { JobPlan } from '../run/job-plan.ts'
import { drawSourcePorts } from '../run/source-ports.ts'

/** How long the prefixes of the pod's networks are. */
export const onLink = { ipv4: 24, ipv6: 64 } as const

/** The pod in which one flow is driven, or predicted: somebody listens wherever the flow or a rule leads. */
export function planFor(
  flow: ConcreteFlow,
  { links, inner, loopback = [], proxy }: Pick<Surrounding, 'links' | 'inner' | 'loopback' | 'proxy'>,
  rules: readonly RuleText[],
  ruleset: Ruleset,
  backend: Backend,
): JobPlan {
  const [link] = links
  if (link === undefined) throw new Error('a pod without interface')
  const { name, peer } = link
  const pod = { ipv4: withoutPrefix(link.pod.ipv4), ipv6: withoutPrefix(link.pod.ipv6) }
  const own = listeningPorts(proxy.listeners)
  const { ports, addresses } = placesIn(flow, ruleset)
  const known = [pod.ipv4, pod.ipv6, ...(inner === undefined ? [] : [inner.bridgeAddress]), ...loopback]
  const inPod = (address: string): boolean => isLoopback(address) || known.includes(address)
  const local = [...new Set(['127.0.0.1', '::1', ...known, ...addresses.filter(inPod)])]
  const credentials = namedCredentials.app
  const planned = {
    links: [{ name, pod: { ipv4: `${pod.ipv4}/${onLink.ipv4}`, ipv6: `${pod.ipv6}/${onLink.ipv6}` }, peer }],
    ...(inner && { inner }),
    ...(loopback.length > 0 && { loopback }),
    backend,
    proxy: { ...proxy, services: [...proxy.services] },
    apps: ports
      .filter((port) => !own.includes(port))
      .flatMap((port) => [
        { protocol: 'tcp' as const, address: '::', port, credentials },
        ...local.map((address) => ({ protocol: 'udp' as const, address, port, credentials })),
      ]),
    peers: [
      {
        interface: name,
        tcp: ports.map((port) => ({ address: '::', port })),
        udp: addresses
          .filter((address) => !inPod(address) && address !== inner?.address && !isLinkLocal(address))
          .flatMap((address) => ports.map((port) => ({ address, port }))),
      },
    ],
  }
  return drawSourcePorts({
    pod: planned,
    rules,
    flows: [flow.origin.kind !== 'pod' ? { ...flow, credentials: namedCredentials.remote } : flow],
  })
}

/** Every port and address that the flow or a translation can lead to. */
function placesIn({ destination }: ConcreteFlow, ruleset: Ruleset): { ports: number[]; addresses: string[] } {
  const statements = rulesOf(ruleset).flatMap((rule) => rule.statements)
  const ports = statements.flatMap((statement) => portOf(statement))
  const addresses = statements.flatMap((statement) => (statement.kind === 'dnat' ? (statement.addresses?.first ?? []) : []))
  return {
    ports: [...new Set([destination.port, ...ports])].filter((port) => port > 0),
    addresses: [...new Set([destination.address, ...addresses])],
  }
}

function portOf(statement: Statement): number | [] {
  if (statement.kind === 'tproxy') return statement.port
  return statement.kind === 'redirect' || statement.kind === 'dnat' ? (statement.ports?.first ?? []) : []
}
