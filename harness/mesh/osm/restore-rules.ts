import { exemptPorts } from './multiport.ts'
import type { Interception } from './options.ts'
import { ports, proxyUid } from './ports.ts'

/** What the payloads of OSM 1.0 and later have in common: they are for `iptables-restore --noflush`. */

/** A payload with these rules. */
export function payloadOf(rules: readonly string[]): string {
  const lines = [
    '# OSM sidecar interception rules',
    '*nat',
    ':OSM_PROXY_INBOUND - [0:0]',
    ':OSM_PROXY_IN_REDIRECT - [0:0]',
    ':OSM_PROXY_OUTBOUND - [0:0]',
    ':OSM_PROXY_OUT_REDIRECT - [0:0]',
    ...rules,
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

/** @param exempt ports of the proxy's own that are not captured. */
export function inboundRules(
  { interfaceExclusions, inboundPortExclusions }: Pick<Interception, 'interfaceExclusions' | 'inboundPortExclusions'>,
  exempt: readonly number[],
): string[] {
  return [
    `-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port ${ports.inbound}`,
    '-A PREROUTING -p tcp -j OSM_PROXY_INBOUND',
    ...exempt.map((port) => `-A OSM_PROXY_INBOUND -p tcp --dport ${port} -j RETURN`),
    '-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT',
    ...interfaceExclusions.map((name) => `-I OSM_PROXY_INBOUND -i ${name} -j RETURN`),
    ...exemptPorts('-I OSM_PROXY_INBOUND', inboundPortExclusions),
  ]
}

/** Outbound rules that no option changes, but for the last, which captures what is left. */
export const outboundBase: readonly string[] = [
  `-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port ${ports.outbound}`,
  `-A OSM_PROXY_OUT_REDIRECT -p tcp --dport ${ports.admin} -j ACCEPT`,
  '-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND',
  `-A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner ${proxyUid} -j OSM_PROXY_IN_REDIRECT`,
  `-A OSM_PROXY_OUTBOUND -o lo -m owner ! --uid-owner ${proxyUid} -j RETURN`,
  `-A OSM_PROXY_OUTBOUND -m owner --uid-owner ${proxyUid} -j RETURN`,
  '-A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN',
]
