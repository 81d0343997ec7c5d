/**
 * What istio-iptables is told, verbatim: its flags (short names beside) and environment, whether the injector's init
 * container gives them or the CNI plugin.
 */
export interface Arguments {
  /** -m */
  mode: 'REDIRECT' | 'TPROXY'
  /** -u */
  proxyUIDs: string
  /** -g */
  proxyGIDs: string
  /** -b: `*`, a list, or empty for none. */
  includeInboundPorts: string
  /** -d: heeded with `-b '*'` alone. */
  excludeInboundPorts: string
  /** -i: `*`, a list, or empty for none. */
  includeOutboundRanges: string
  /** -x */
  excludeOutboundRanges: string
  /** -q */
  includeOutboundPorts: string
  /** -o */
  excludeOutboundPorts: string
  /** -c */
  excludeInterfaces: string
  /** -k */
  rerouteInterfaces: string
  /** --redirect-dns, ISTIO_META_DNS_CAPTURE */
  redirectDNS: boolean
  /** --capture-all-dns */
  captureAllDNS: boolean
  /** --drop-invalid, INVALID_DROP */
  dropInvalid: boolean
  /** --dual-stack */
  dualStack: boolean
  /** ISTIO_OUTBOUND_OWNER_GROUPS */
  ownerGroups: string
  /** ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE */
  excludeOwnerGroups: string
  /** ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR */
  loopbackRange: string
}
