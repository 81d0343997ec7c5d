import { inNetwork, isLoopback, withoutPrefix } from '../../core/address.ts'
import type { ConcreteFlow, Origin } from '../../flow/flow.ts'
import { isLinkLocal } from '../../flow/sendable.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import type { Statement } from '../../netfilter/statement.ts'
import type { Destination } from '../plan/destinations.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'

/**
 * Where rules can lead flows: every port that one of them or a translation names, in the pod, at its peers, and at
 * every address that a rule translates to. Which of them one leads to is the question.
 */
export function leadsOf(
  flows: readonly ConcreteFlow[],
  rulesets: readonly Ruleset[],
  { links }: PodAddresses,
): Destination[] {
  const statements = rulesets.flatMap((ruleset) => rulesOf(ruleset).flatMap((rule) => rule.statements))
  const targets = unique(statements.flatMap(portsOf))
  const translatedTo = statements.flatMap((statement) =>
    statement.kind === 'dnat' ? (statement.addresses?.first ?? []) : [],
  )
  const mapped = statements.flatMap((statement) =>
    statement.kind === 'netmap' ? flows.map(({ destination }) => inNetwork(destination.address, statement)) : [],
  )
  const peers = links.flatMap(({ peer }) => [withoutPrefix(peer.ipv4), withoutPrefix(peer.ipv6)])
  const anywhere = unique(['127.0.0.1', '::1', ...peers, ...translatedTo, ...mapped])
  const sentFrom = (kind: Origin['kind']): Set<number> =>
    portsSentFrom(kind, flows, statements).difference(new Set(targets))
  const [podsNeed, peersNeed] = [sentFrom('pod'), sentFrom('peer')]
  const neededAt = (address: string): Set<number> =>
    isLoopback(address) ? podsNeed : peers.includes(address) ? peersNeed : new Set()
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const own = flows.filter((flow) => flow.protocol === protocol).map(({ destination }) => destination)
    if (own.length === 0) return []
    const at = new Map(unique(own.map(({ address }) => address)).map((address) => [address, new Set(targets)]))
    for (const { address, port } of own) at.get(address)?.add(port)
    const ports = unique([...own.map(({ port }) => port), ...targets])
    for (const address of anywhere) at.set(address, new Set(ports).difference(neededAt(address)))
    // An address of one link says nothing without the link.
    return [...at].flatMap(([address, wanted]) =>
      isLinkLocal(address)
        ? []
        : [...wanted].filter((port) => port > 0).map((port) => ({ protocol, endpoint: { address, port } })),
    )
  })
}

/**
 * Ports that the flows of the pod, or of its peers, come from, which nobody there may listen on: nothing leads there,
 * unless a translation keeps the port.
 */
function portsSentFrom(
  kind: Origin['kind'],
  flows: readonly ConcreteFlow[],
  statements: readonly Statement[],
): Set<number> {
  if (statements.some(keepsPort)) return new Set()
  return new Set(flows.flatMap(({ origin, source }) => (origin.kind === kind ? (source?.port ?? []) : [])))
}

const keepsPort = (statement: Statement): boolean =>
  statement.kind === 'netmap' ||
  ((statement.kind === 'redirect' || statement.kind === 'dnat') && statement.ports === undefined) ||
  (statement.kind === 'tproxy' && statement.port === 0)

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** Ports of which the kernel draws one that are all listened on. */
const mostDrawn = 16

function portsOf(statement: Statement): number[] {
  if (statement.kind === 'tproxy') return [statement.port]
  if ((statement.kind !== 'redirect' && statement.kind !== 'dnat') || statement.ports === undefined) return []
  const { first, last } = statement.ports
  const count = statement.random ? Math.min(mostDrawn, last - first + 1) : 1
  return Array.from({ length: count }, (_, index) => first + index)
}
