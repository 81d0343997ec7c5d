import { split } from '../go-values.ts'
import { exempted } from './owner-groups.ts'
import { nat, raw, type Rule, type Scope, type Step } from './rule.ts'

/** From 1.25 on: a chain of its own in nat and raw. */
export const captureDNS: Step = (scope) => {
  if (!scope.capturesDNS) return []
  const jumpToNat = toServers(scope).length > 0 ? nat('-A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS') : []
  return [
    ...raw('-A OUTPUT -j ISTIO_OUTPUT_DNS'),
    ...jumpToNat,
    ...nat(...redirected(scope, 'ISTIO_OUTPUT_DNS', 'tcp'), ...redirected(scope, 'ISTIO_OUTPUT_DNS', 'udp')),
    ...proxyZones(scope, 'ISTIO_OUTPUT_DNS'),
    ...(jumpToNat.length > 0 ? raw('-A PREROUTING -j ISTIO_INBOUND') : []),
    ...zones(scope, 'ISTIO_OUTPUT_DNS', 'ISTIO_INBOUND', '-s'),
  ]
}

export const captureDNSOverTCP: Step = (scope) =>
  scope.capturesDNS ? nat(...redirected(scope, 'ISTIO_OUTPUT', 'tcp')) : []

/** Up to 1.22 UDP does not pass through ISTIO_OUTPUT, so that who is spared stands here again. */
export const captureDNSOverUDP: Step = (scope) => {
  if (!scope.capturesDNS) return []
  const { args } = scope
  const spared = [
    ...owners(args.proxyUIDs, '--uid-owner'),
    ...owners(args.proxyGIDs, '--gid-owner'),
    ...exempted(scope),
  ]
  return [
    ...nat(
      ...spared.map((match) => `-A OUTPUT -p udp --dport 53 ${match}-j RETURN`),
      ...redirected(scope, 'OUTPUT', 'udp'),
    ),
    ...proxyZones(scope, 'OUTPUT'),
    // A reply comes from the server and not to it: up to 1.19 this is not what it should be.
    ...zones(scope, 'OUTPUT', 'PREROUTING', '-d'),
  ]
}

/** What a query is sent to that is captured: anything, or one of the pod's servers of this family. */
function toServers({ args, servers }: Scope, option = '-d'): string[] {
  return args.captureAllDNS ? [''] : servers.map((server) => `${option} ${server} `)
}

/** For UDP it is `--to-port`: iptables takes what is short of an option, and prints neither. */
function redirected(scope: Scope, chain: string, protocol: 'tcp' | 'udp'): string[] {
  const option = protocol === 'tcp' ? '--to-ports' : '--to-port'
  return toServers(scope).map((server) => `-A ${chain} -p ${protocol} --dport 53 ${server}-j REDIRECT ${option} 15053`)
}

/**
 * The proxy's own queries are of zone 1, its answers to applications of zone 2: a port used by both is two connections.
 */
function proxyZones({ args }: Scope, chain: string): Rule[] {
  return [...owners(args.proxyUIDs, '--uid-owner'), ...owners(args.proxyGIDs, '--gid-owner')].flatMap((match) =>
    raw(
      `-A ${chain} -p udp --dport 53 ${match}-j CT --zone 1`,
      `-A ${chain} -p udp --sport 15053 ${match}-j CT --zone 2`,
    ),
  )
}

/** An application's queries are of zone 2, servers' replies of zone 1. */
function zones(scope: Scope, queries: string, replies: string, from: '-s' | '-d'): Rule[] {
  const sources = toServers(scope, from)
  return toServers(scope).flatMap((server, index) =>
    raw(
      `-A ${queries} -p udp --dport 53 ${server}-j CT --zone 2`,
      `-A ${replies} -p udp --sport 53 ${sources[index]}-j CT --zone 1`,
    ),
  )
}

const owners = (ids: string, option: string): string[] => split(ids).map((id) => `-m owner ${option} ${id} `)
