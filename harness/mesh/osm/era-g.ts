import { exemptPorts } from './multiport.ts'
import type { Interception } from './options.ts'
import { ports } from './ports.ts'
import { inboundRules, outboundBase, payloadOf } from './restore-rules.ts'

/**
 * The payload of `iptables-restore --noflush` in OSM 1.0.0 (generateIptablesCommands in its pkg/injector/iptables.go).
 * Exclusions are inserted before the rules that capture.
 */
export function eraGPayload(interception: Interception): string {
  const { outboundRangeExclusions, outboundPortExclusions } = interception
  return payloadOf([
    ...inboundRules(interception, [ports.metrics, ...ports.httpProbes]),
    ...outboundBase,
    '-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT',
    ...outboundRangeExclusions.map((range) => `-I OSM_PROXY_OUTBOUND -d ${range} -j RETURN`),
    ...exemptPorts('-I OSM_PROXY_OUTBOUND', outboundPortExclusions),
  ])
}
