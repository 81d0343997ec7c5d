import { type Family, familyOf } from '../../core/address.ts'
import type { Arguments } from './arguments.ts'
import { readRange } from './go-values.ts'
import { readRanges } from './ranges.ts'
import type { Release } from './releases.ts'
import { order } from './steps/order.ts'
import { payload } from './steps/payload.ts'

/**
 * The restore payload that istio-iptables loads for one family.
 * @param dnsServers of either family, as the pod's resolv.conf has them.
 */
export function generate(release: Release, args: Arguments, family: Family, dnsServers: readonly string[]): string {
  const isIPv4 = family === 'ipv4'
  const scope = {
    release,
    family,
    args,
    isTransparent: args.mode === 'TPROXY' && (isIPv4 || release !== '1.5'),
    loopback: isIPv4 ? args.loopbackRange : '::1/128',
    passthrough: isIPv4 ? '127.0.0.6/32' : '::6/128',
    // 1.31 leaves DNS alone where it knows of no server.
    capturesDNS: args.redirectDNS && (release !== '1.31' || args.captureAllDNS || dnsServers.length > 0),
    servers: dnsServers
      .filter((server) => familyOf(server) === family)
      .map((server) => readRange(release, `${server}/${isIPv4 ? 32 : 128}`)?.text ?? server),
    included: readRanges(release, args.includeOutboundRanges),
    excluded: readRanges(release, args.excludeOutboundRanges),
  }
  return payload(order[release].flatMap((step) => step(scope)))
}
