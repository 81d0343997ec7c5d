import { multiportLists } from './multiport.ts'
import type { Interception } from './options.ts'
import { ports, proxyUid } from './ports.ts'

/**
 * The payload of `iptables-restore --noflush` in OSM 1.1.1 to 1.2.4. The init container feeds it by an unquoted
 * here-document, so that its shell puts the pod's address in the place of `$POD_IP`.
 */
export function eraIPayload(interception: Interception): string {
  const lines = [
    '# OSM sidecar interception rules',
    '*nat',
    ':OSM_PROXY_INBOUND - [0:0]',
    ':OSM_PROXY_IN_REDIRECT - [0:0]',
    ':OSM_PROXY_OUTBOUND - [0:0]',
    ':OSM_PROXY_OUT_REDIRECT - [0:0]',
    ...inboundRules(interception),
    ...outboundRules(interception),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

function inboundRules({ interfaceExclusions, inboundPortExclusions }: Interception): string[] {
  return [
    `-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port ${ports.inbound}`,
    '-A PREROUTING -p tcp -j OSM_PROXY_INBOUND',
    ...[ports.metrics, ...ports.httpProbes, ports.tcpProbe].map(
      (port) => `-A OSM_PROXY_INBOUND -p tcp --dport ${port} -j RETURN`,
    ),
    '-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT',
    ...interfaceExclusions.map((name) => `-I OSM_PROXY_INBOUND -i ${name} -j RETURN`),
    ...multiportLists(inboundPortExclusions).map(
      (list) => `-I OSM_PROXY_INBOUND -p tcp --match multiport --dports ${list} -j RETURN`,
    ),
  ]
}

function outboundRules(interception: Interception): string[] {
  const {
    localProxyMode,
    interfaceExclusions,
    outboundRangeExclusions,
    outboundPortExclusions,
    outboundRangeInclusions,
  } = interception
  return [
    `-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port ${ports.outbound}`,
    `-A OSM_PROXY_OUT_REDIRECT -p tcp --dport ${ports.admin} -j ACCEPT`,
    '-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND',
    `-A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner ${proxyUid} -j OSM_PROXY_IN_REDIRECT`,
    `-A OSM_PROXY_OUTBOUND -o lo -m owner ! --uid-owner ${proxyUid} -j RETURN`,
    `-A OSM_PROXY_OUTBOUND -m owner --uid-owner ${proxyUid} -j RETURN`,
    '-A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN',
    ...(localProxyMode === 'PodIP'
      ? [`-I OUTPUT -p tcp -o lo -d 127.0.0.1/32 -m owner --uid-owner ${proxyUid} -j DNAT --to-destination $POD_IP`]
      : []),
    ...interfaceExclusions.map((name) => `-A OSM_PROXY_OUTBOUND -o ${name} -j RETURN`),
    ...outboundRangeExclusions.map((range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j RETURN`),
    ...multiportLists(outboundPortExclusions).map(
      (list) => `-A OSM_PROXY_OUTBOUND -p tcp --match multiport --dports ${list} -j RETURN`,
    ),
    ...outboundRangeInclusions.map((range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j OSM_PROXY_OUT_REDIRECT`),
    outboundRangeInclusions.length > 0
      ? '-A OSM_PROXY_OUTBOUND -j RETURN'
      : '-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT',
  ]
}
