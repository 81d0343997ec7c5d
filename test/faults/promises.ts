import { promised } from './fault.ts'

/** The scenarios whose promises the faults break. */
export const inbound = promised('inbound', 'TCP to the pod goes to the inbound listener, whatever its port')
export const inboundEverywhere = promised('inbound', 'inbound capture holds on every interface')
export const inboundFromAnywhere = promised('inbound', 'inbound capture does not ask what the client dials from')
export const exempt = promised(
  'exempt-inbound-ports',
  'metrics and probe ports answer themselves, inside and outside, their neighbours do not',
)
export const tcpProbe = promised(
  'exempt-inbound-ports',
  'from 1.1: a closed port looks open through the proxy, the TCP health check on 15904 is answered by the proxy itself',
)
export const inboundPort = promised(
  'inbound-port-exclusions',
  'an excluded inbound port reaches its application directly, its neighbours do not',
)
export const inboundPortNotSource = promised(
  'inbound-port-exclusions',
  "an inbound port exclusion looks at the destination's port, not at the source's",
)
export const inboundPortEverywhere = promised(
  'inbound-port-exclusions',
  'inbound ports are excluded on every interface',
)
export const inboundPortsAddUp = promised('inbound-port-exclusions', 'inbound ports of mesh and pod add up')
export const inboundPorts15 = promised('inbound-port-exclusions', '15 inbound ports are all excluded')
export const inboundPorts31 = promised('inbound-port-exclusions', '31 inbound ports are all excluded, none lost')

export const outbound = promised(
  'outbound',
  'TCP from an application goes to the outbound listener, wherever it is sent',
)
export const outboundEverywhere = promised('outbound', 'outbound capture holds on every interface')
export const outboundFromAnywhere = promised('outbound', 'outbound capture does not ask where a connection comes from')
export const reservedElsewhere = promised(
  'outbound',
  'ports of another host that the own proxy reserves are captured like any other',
)
export const proxyUid = promised('identities', "the proxy's UID is exempt, the UIDs beside it are not")
export const formerProxyUid = promised('identities', 'the UID that the proxy had before 0.8 is no longer exempt')
export const proxyGroup = promised('identities', 'the group 1500 has no effect, neither primary nor supplementary')
export const proxyUidOnLo = promised('identities', 'from 1.0: on lo, too, only UID 1500 passes the inbound listener')
export const loopback = promised('loopback-and-self', '127.0.0.1 is never captured, whoever dials it')
export const otherLoopback = promised(
  'loopback-and-self',
  "from 1.0: other loopback addresses are the application's own, but the proxy's calls there are inbound",
)
export const ownAddress = promised(
  'loopback-and-self',
  'from 1.0: the own pod IP reaches the application from within, the inbound listener from the proxy',
)
export const selfCall = promised(
  'loopback-and-self',
  'from 1.0: a call to the own service passes outbound, inbound and reaches the application',
)
export const loopAvoidance = promised('loop-avoidance', 'what the proxy dials for an application is not captured again')

export const outboundPort = promised(
  'outbound-port-exclusions',
  'an excluded outbound port is direct to every host, its neighbours are captured',
)
export const outboundPortNotSource = promised(
  'outbound-port-exclusions',
  "an outbound port exclusion looks at the destination's port, not at the source's",
)
export const outboundPortsAddUp = promised('outbound-port-exclusions', 'outbound ports of mesh and pod add up')
export const outboundPorts15 = promised('outbound-port-exclusions', '15 outbound ports are all excluded')
export const outboundPorts31 = promised('outbound-port-exclusions', '31 outbound ports are all excluded, none lost')
export const oneAddress = promised(
  'ip-range-exclusions',
  'a single excluded address is direct on every port, its neighbours are captured',
)
export const hostBits = promised('ip-range-exclusions', 'a range written with host bits means its whole network')
export const severalRanges = promised(
  'ip-range-exclusions',
  'several ranges are all excluded, and what lies between them is not',
)
export const included = promised('ip-range-inclusions', 'only included ranges are captured')
export const includedOnce = promised('ip-range-inclusions', 'an inclusion of one address captures that address alone')
export const severalIncluded = promised('ip-range-inclusions', 'several included ranges are all captured')
export const excludedInterface = promised(
  'interface-exclusions',
  'an excluded interface is left alone in both directions, the others are not',
)
export const excludedInterfaces = promised(
  'interface-exclusions',
  'two excluded interfaces are left alone, eth0 is not',
)
export const similarInterface = promised(
  'interface-exclusions',
  'an interface whose name only begins like an excluded one is captured',
)
export const excludedLo = promised(
  'interface-exclusions',
  'excluding lo changes nothing: self-calls are decided before',
)
export const exclusionBeatsInclusion = promised('precedence', 'an excluded range inside an included one wins')
export const portBeatsInclusion = promised('precedence', 'an excluded port wins over an included range')
export const interfaceBeatsInclusion = promised('precedence', 'an excluded interface wins over an included range')
export const selfCallBeatsExclusion = promised(
  'precedence',
  "from 1.1: excluding the pod's own range or port does not undo the self-call",
)

export const podIp = promised(
  'pod-ip-mode',
  "PodIP: the proxy's calls to 127.0.0.1 arrive at the pod IP, nobody else's do",
)
export const podIpOtherLoopback = promised('pod-ip-mode', 'PodIP: other loopback addresses are not translated')
export const podIpPorts = promised(
  'pod-ip-mode',
  'PodIP: an application on the pod IP alone is served through the proxy, one on loopback alone is not',
)
