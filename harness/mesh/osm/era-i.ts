import { exemptPorts } from './multiport.ts'
import type { Interception } from './options.ts'
import { ports, proxyUid } from './ports.ts'
import { inboundRules, outboundBase, payloadOf } from './restore-rules.ts'

/**
 * The payload of `iptables-restore --noflush` in OSM 1.1.1 to 1.2.4. The init container feeds it by an unquoted
 * here-document, so that its shell puts the pod's address in the place of `$POD_IP`.
 */
export function eraIPayload(interception: Interception): string {
  return payloadOf([
    ...inboundRules(interception, [ports.metrics, ...ports.httpProbes, ports.tcpProbe]),
    ...outboundRules(interception),
  ])
}

function outboundRules({
  localProxyMode,
  interfaceExclusions,
  outboundRangeExclusions,
  outboundPortExclusions,
  outboundRangeInclusions,
}: Interception): string[] {
  return [
    ...outboundBase,
    ...(localProxyMode === 'PodIP'
      ? [`-I OUTPUT -p tcp -o lo -d 127.0.0.1/32 -m owner --uid-owner ${proxyUid} -j DNAT --to-destination $POD_IP`]
      : []),
    ...interfaceExclusions.map((name) => `-A OSM_PROXY_OUTBOUND -o ${name} -j RETURN`),
    ...outboundRangeExclusions.map((range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j RETURN`),
    ...exemptPorts('-A OSM_PROXY_OUTBOUND', outboundPortExclusions),
    ...outboundRangeInclusions.map((range) => `-A OSM_PROXY_OUTBOUND -d ${range} -j OSM_PROXY_OUT_REDIRECT`),
    outboundRangeInclusions.length > 0
      ? '-A OSM_PROXY_OUTBOUND -j RETURN'
      : '-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT',
  ]
}
