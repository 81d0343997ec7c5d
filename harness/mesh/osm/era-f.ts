import { exemptPorts } from './multiport.ts'
import type { Interception } from './options.ts'
import { ports, proxyUid } from './ports.ts'

/**
 * The init container's command in OSM 0.9.1 to 0.11.1: a chain of `iptables` commands on one line, as `kubectl describe
 * pod` shows it. Exclusions are inserted before the rules that capture.
 */
export function eraFCommands({
  outboundRangeExclusions,
  outboundPortExclusions,
  inboundPortExclusions,
}: Interception): string {
  const commands = [
    '-N PROXY_INBOUND',
    '-N PROXY_IN_REDIRECT',
    '-N PROXY_OUTPUT',
    '-N PROXY_REDIRECT',
    `-A PROXY_REDIRECT -p tcp -j REDIRECT --to-port ${ports.outbound}`,
    `-A PROXY_REDIRECT -p tcp --dport ${ports.admin} -j ACCEPT`,
    '-A OUTPUT -p tcp -j PROXY_OUTPUT',
    `-A PROXY_OUTPUT -m owner --uid-owner ${proxyUid} -j RETURN`,
    '-A PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN',
    '-A PROXY_OUTPUT -j PROXY_REDIRECT',
    `-A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port ${ports.inbound}`,
    '-A PREROUTING -p tcp -j PROXY_INBOUND',
    ...[ports.metrics, ...ports.httpProbes].map((port) => `-A PROXY_INBOUND -p tcp --dport ${port} -j RETURN`),
    '-A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT',
    ...outboundRangeExclusions.map((range) => `-I PROXY_OUTPUT -d ${range} -j RETURN`),
    ...exemptPorts('-I PROXY_OUTPUT', outboundPortExclusions),
    ...exemptPorts('-I PROXY_INBOUND', inboundPortExclusions),
  ]
  return `${commands.map((command) => `iptables -t nat ${command}`).join(' && ')}\n`
}
