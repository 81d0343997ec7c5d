/** By what a mesh can be told to capture only a part of what goes in a direction. */
type By = 'dport' | 'daddr' | 'saddr' | 'interface' | 'gid' | 'uid and dport'

/**
 * What the option is called by which a mesh captures only what goes to some ports or addresses, or spares an interface
 * or whom a group does not name, or what a user sends to a port: Istio's annotations and OUTBOUND_OWNER_GROUPS, OSM's MeshConfig, Kuma's transparent
 * proxy configuration, Linkerd's proxy-init, App Mesh's APPMESH_APP_PORTS.
 */
const options: Readonly<Record<string, Partial<Record<'outbound' | 'inbound', Partial<Record<By, string>>>>>> = {
  istio: {
    outbound: {
      dport: 'includeOutboundPorts',
      daddr: 'includeOutboundIPRanges',
      gid: 'OUTBOUND_OWNER_GROUPS',
      interface: 'excludeInterfaces',
    },
    inbound: { dport: 'includeInboundPorts', interface: 'excludeInterfaces' },
  },
  osm: {
    outbound: { daddr: 'outboundIPRangeInclusionList', interface: 'networkInterfaceExclusionList' },
    inbound: { interface: 'networkInterfaceExclusionList' },
  },
  fsm: {
    outbound: { daddr: 'outboundIPRangeInclusionList', interface: 'networkInterfaceExclusionList' },
    inbound: { interface: 'networkInterfaceExclusionList' },
  },
  kuma: {
    outbound: { dport: 'redirect.outbound.includePorts', 'uid and dport': 'redirect.outbound.excludePortsForUIDs' },
    inbound: { dport: 'redirect.inbound.includePorts', saddr: 'redirect.inbound.excludePortsForIPs' },
  },
  linkerd: { inbound: { dport: '--ports-to-redirect' } },
  'app-mesh': { inbound: { dport: 'APPMESH_APP_PORTS' } },
}

/** The option of a mesh that captures only a part; undefined where it documents none. */
export const optionFor = (mesh: string, direction: 'outbound' | 'inbound', by: string): string | undefined =>
  options[mesh]?.[direction]?.[by as By]
