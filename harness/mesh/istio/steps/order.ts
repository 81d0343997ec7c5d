import type { Release } from '../releases.ts'
import { captureDNS, captureDNSOverTCP, captureDNSOverUDP } from './dns.ts'
import { dropInvalid } from './drop-invalid.ts'
import { proxyGroups, proxyUsers } from './identities.ts'
import { exemptTunnel, inbound, inboundListener } from './inbound.ts'
import { excludedInterfaces, reroutedInterfaces, reroutedInterfacesIPv4 } from './interfaces.ts'
import * as outbound from './outbound.ts'
import { ownerGroups } from './owner-groups.ts'
import type { Step } from './rule.ts'
import { transparentMarks } from './transparent-marks.ts'

/** In which order each release makes its rules (Run in tools/istio-iptables/pkg/capture; up to 1.10 in pkg/cmd). */
export const order: Readonly<Record<Release, readonly Step[]>> = {
  '1.31': [
    excludedInterfaces,
    reroutedInterfaces,
    dropInvalid,
    exemptTunnel,
    outbound.listener,
    inboundListener,
    inbound,
    outbound.jumpAll,
    outbound.excludedPorts,
    outbound.passthrough,
    proxyUsers,
    proxyGroups,
    ownerGroups,
    captureDNS,
    outbound.loopback,
    outbound.excludedRanges,
    outbound.includedPorts,
    outbound.includedRanges,
    transparentMarks,
  ],
  '1.17': [
    excludedInterfaces,
    reroutedInterfaces,
    dropInvalid,
    exemptTunnel,
    outbound.listener,
    inboundListener,
    inbound,
    outbound.jumpTCP,
    outbound.excludedPorts,
    outbound.passthrough,
    proxyUsers,
    proxyGroups,
    ownerGroups,
    captureDNSOverTCP,
    outbound.loopback,
    outbound.excludedRanges,
    outbound.includedPorts,
    outbound.includedRanges,
    captureDNSOverUDP,
    transparentMarks,
  ],
  '1.5': [
    outbound.listener,
    inboundListener,
    inbound,
    outbound.jumpTCP,
    outbound.excludedPorts,
    outbound.passthrough,
    proxyUsers,
    proxyGroups,
    outbound.loopback,
    outbound.excludedRanges,
    reroutedInterfacesIPv4,
    outbound.includedRanges,
  ],
}
