import { promised } from '../fault.ts'

const istio = (file: string, title: string) => promised(file, title, 'istio')

/** The scenarios whose promises the faults break. */
export const inbound = istio(
  'inbound',
  'TCP from outside goes to the inbound listener and from there to the application',
)
export const inboundEverywhere = istio('inbound', 'inbound capture holds on every interface')
export const noLoop = istio(
  'inbound',
  'a port that no service declares does not loop: one listener, then the application',
)
export const exempt = istio(
  'exempt-inbound-ports',
  'from 1.17: 15020, 15021 and 15090 are left alone inbound, the ports beside them are not',
)
export const tunnel = istio(
  'tunnel',
  'from 1.31: the tunnel port is reached directly, from outside, from an application and from the proxy',
)
export const reserved = istio('reserved-ports', 'the reserved ports dialled from outside')

export const outbound = istio('outbound', 'TCP from an application goes to the outbound listener, wherever it is sent')
export const outboundEverywhere = istio('outbound', 'outbound capture holds on every interface')
export const outboundFromAnywhere = istio('outbound', 'outbound capture does not ask where a connection comes from')
export const neighbours = istio('identities', "the proxy's UID and GID are exempt, the IDs beside them are not")
export const uidAlone = istio(
  'identities',
  "an application with the proxy's UID bypasses it, whatever its group (documented)",
)
export const gidAlone = istio(
  'identities',
  'an application whose primary group is 1337 bypasses the proxy (documented)',
)
export const supplementary = istio(
  'identities',
  'a supplementary group 1337 does not exempt: the primary one alone counts',
)
export const onLo = istio(
  'identities',
  'within the pod only UID 1337 passes the inbound listener; group 1337 alone does not',
)
export const loopback = istio('loopback-and-self', '127.0.0.1 is never captured, whoever dials it')
export const otherLoopback = istio(
  'loopback-and-self',
  "other loopback addresses are the application's own, but the proxy's calls there are inbound (documented)",
)
export const ownAddress = istio(
  'loopback-and-self',
  'the own pod IP reaches the application from within, the inbound listener from the proxy',
)
export const selfCall = istio(
  'loopback-and-self',
  'a call to the own service passes outbound, inbound and reaches the application',
)
export const loopbackIncluded = istio(
  'loopback-and-self',
  'from 1.17: a loopback range among the included ones has calls within the pod captured, but for 127.0.0.1',
)
export const source6 = istio(
  'loop-avoidance',
  "a source of 127.0.0.6 is the proxy's own way within the pod, and nobody's outside of it",
)

export const outboundPorts = istio(
  'outbound-ports',
  'excluded outbound ports go directly, whoever dials them, the ports beside them do not',
)
export const excludedRanges = istio(
  'outbound-ranges',
  'excluded ranges go directly, from their first to their last address',
)
export const includedRanges = istio(
  'outbound-ranges',
  'with included ranges only they are captured, from their first to their last address',
)
export const includedPorts = istio(
  'outbound-ports',
  'from 1.17: with no range included, only included ports are captured',
)
export const inboundPorts = istio('inbound-ports', 'excluded inbound ports go directly, the ports beside them do not')
export const includedInbound = istio('inbound-ports', 'from 1.17: with included inbound ports only they are captured')
export const excludedInterface = istio(
  'interface-exclusions',
  'from 1.17: an excluded interface is left alone in both directions, the others are not',
)
export const groupsIncluded = istio(
  'owner-groups',
  'from 1.17: several included groups are all captured, and nobody else',
)
export const groupsExcluded = istio('owner-groups', 'from 1.17: excluded groups are not captured, everybody else is')
export const exclusionBeatsInclusion = istio(
  'outbound-ranges',
  'an excluded range within an included one goes directly',
)
export const precedence = istio(
  'precedence',
  'from 1.17: an excluded port comes before an included one, an excluded range as well',
)
export const rerouted = istio('rerouted-interfaces', 'what comes from a rerouted interface is outbound')
export const reroutedRange = istio(
  'rerouted-interfaces',
  'with included ranges, only they are outbound from a rerouted interface',
)

export const transparent = istio(
  'transparent',
  'from 1.17, TPROXY: inbound traffic is taken with its client address and passed on with it',
)
export const transparentExempt = istio(
  'transparent',
  'from 1.17, TPROXY: exempt inbound ports are left alone, the tunnel port is not (documented)',
)
export const transparentSelf = istio(
  'transparent',
  'from 1.17, TPROXY: the own pod IP reaches the application from within, the inbound listener from the proxy',
)
export const transparentService = istio(
  'transparent',
  'from 1.17, TPROXY: a call to the own service passes outbound, inbound and reaches the application',
)
export const transparentInterface = istio(
  'transparent',
  'from 1.17, TPROXY: an excluded interface is left alone in both directions',
)

export const dns = istio(
  'dns',
  'from 1.17: DNS to a server of the pod goes to the DNS listener, by UDP and TCP, and from there to the server',
)
export const dnsElsewhere = istio(
  'dns',
  'from 1.17: DNS to another server is left alone by UDP, and like any other connection by TCP',
)
export const dnsInPod = istio(
  'dns',
  'from 1.17: an own DNS server in the pod is reached by TCP through the outbound listener',
)
export const dnsOnLoopback = istio(
  'dns',
  "from 1.17: a server on loopback is captured, too, and the proxy's query reaches it",
)
export const dnsDown = istio('dns', 'from 1.17, proxy down: DNS by UDP is lost without an error, by TCP it is refused')
export const dnsRangeExcluded = istio('dns', "from 1.17: the server's range excluded does not take DNS out of capture")
export const dnsPortOfProxy = istio(
  'dns',
  'from 1.17: a source port that the proxy has used before the application still leads to the DNS listener',
)
export const dnsPortOfApp = istio(
  'dns',
  'from 1.17: a source port that the application has used before the proxy does not lead it to its own listener',
)

export const invalid = istio('drop-invalid', 'from 1.17: invalid packets are dropped, not reset')
export const dnsReplies = istio('dns', 'from 1.31: replies of a listed server belong to what the proxy has asked')

export const reroutedRanges = istio(
  'long-lists',
  'the last of many rerouted interfaces is one, for the first and for the last of the included ranges',
)
export const identities6 = istio(
  'ipv6-alone',
  "a pod with IPv6 alone: the proxy's own IDs, the IDs beside them, and what they call within the pod",
)
export const exempt6 = istio(
  'ipv6-alone',
  'from 1.17: a pod with IPv6 alone: exempt inbound ports and those beside them, by another status port',
)
export const excluded6 = istio(
  'ipv6-alone',
  'a pod with IPv6 alone: excluded outbound ports and ranges, from their first to their last',
)
export const included6 = istio(
  'ipv6-alone',
  'a pod with IPv6 alone: included ranges, from their first to their last address',
)
export const loopback6 = istio(
  'ipv6-alone',
  'from 1.31: a pod with IPv6 alone: with a loopback range included, calls within the pod are captured, but for ::1',
)
export const dns6 = istio('ipv6-alone', 'from 1.17: a pod with IPv6 alone: DNS')
export const transparent6 = istio(
  'transparent-ipv6',
  'from 1.17, TPROXY: a pod with IPv6 alone: what comes in, and what is exempt',
)
export const transparentSelf6 = istio(
  'transparent-ipv6',
  'from 1.17, TPROXY: a pod with IPv6 alone: what the pod dials, outside and within',
)
export const transparentUid = istio(
  'transparent-ipv6',
  "from 1.17, TPROXY: a UID of the proxy's without its group is inbound within the pod, the IDs beside both are not",
)
export const transparentPorts = istio(
  'transparent-ipv6',
  'from 1.17, TPROXY: what the pod dials from an included port is as ever',
)
