import { withoutPrefix } from '../core/address.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { isLinkLocal } from '../flow/sendable.ts'
import { rulesOf, type Ruleset } from '../netfilter/ruleset.ts'
import type { Statement } from '../netfilter/statement.ts'
import type { Destination } from '../run/destinations.ts'
import type { PodAddresses } from '../run/pod-addresses.ts'

/**
 * Where rules can lead a flow: every port that it or a translation names, in the pod, at its peers, and at every address that a rule
 * translates to. Which of them one leads to is the question.
 */
export function leadsOf({ destination }: ConcreteFlow, ruleset: Ruleset, { links, inner }: PodAddresses): Destination[] {
  const statements = rulesOf(ruleset).flatMap((rule) => rule.statements)
  const ports = [...new Set([destination.port, ...statements.flatMap(portOf)])].filter((port) => port > 0)
  const translatedTo = statements.flatMap((statement) => (statement.kind === 'dnat' ? (statement.addresses?.first ?? []) : []))
  const everywhere = ['127.0.0.1', '::1', ...links.flatMap(({ peer }) => [withoutPrefix(peer.ipv4), withoutPrefix(peer.ipv6)])]
  // Nobody listens behind a bridge; and an address of one link says nothing without the link.
  const addresses = [...new Set([...everywhere, destination.address, ...translatedTo])].filter(
    (address) => address !== inner?.address && !isLinkLocal(address),
  )
  return addresses.flatMap((address) =>
    ports.flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ protocol, endpoint: { address, port } }))),
  )
}

function portOf(statement: Statement): number | [] {
  if (statement.kind === 'tproxy') return statement.port
  return statement.kind === 'redirect' || statement.kind === 'dnat' ? (statement.ports?.first ?? []) : []
}
