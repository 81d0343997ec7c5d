import { existsSync, writeFileSync } from 'node:fs'
import type { Family } from '../../core/address.ts'
import { largestPingGroup } from '../../flow/identity.ts'
import { mappedIds } from '../../sys/privileges/id-map.ts'

/**
 * What a namespace is told explicitly, because it would otherwise inherit some of it from the machine
 * (Documentation/networking/ip-sysctl.rst): the same pod everywhere.
 */
const everywhere: Readonly<Record<string, string>> = {
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
  'net/ipv4/conf/all/accept_local': '0',
  'net/ipv4/conf/all/route_localnet': '0',
  'net/ipv4/conf/default/route_localnet': '0',
  // What is forwarded by the interface that it came in by is no reason to tell its sender of a shorter way.
  'net/ipv4/conf/all/send_redirects': '0',
  'net/ipv4/conf/default/send_redirects': '0',
  'net/ipv4/ip_unprivileged_port_start': '0',
  // For who asks for no port; flows and the stub bind to one of their own.
  'net/ipv4/ip_local_port_range': '32768 60999',
  // No ICMP error is held back for how many there are: beside the limit for each host there is one for all of them, for
  // the types in these masks (icmpv4_global_allow in net/ipv4/icmp.c). REJECT would look like DROP beyond 50 at once.
  'net/ipv4/icmp_ratelimit': '0',
  'net/ipv4/icmp_ratemask': '0',
  'net/ipv4/icmp_echo_ignore_all': '0',
  'net/ipv6/icmp/ratelimit': '0',
  // A type that nobody sends: no type at all is an empty line, and what others read is a line for each sysctl.
  'net/ipv6/icmp/ratemask': '255',
  'net/ipv6/conf/all/disable_ipv6': '0',
  'net/ipv6/conf/default/disable_ipv6': '0',
  'net/ipv6/conf/lo/disable_ipv6': '0',
  'net/ipv6/conf/default/accept_dad': '0',
  'net/ipv6/conf/default/accept_ra': '0',
  'net/ipv6/conf/default/autoconf': '0',
  'net/ipv6/conf/default/router_solicitations': '0',
  // No link-local addresses: nothing speaks on a link unless a flow makes it.
  'net/ipv6/conf/default/addr_gen_mode': '1',
}

/**
 * Where br_netfilter is loaded, a bridge hands its packets to iptables itself, and an RST that REJECT sends back over
 * it meets no rule (nf_send_reset in net/ipv4/netfilter/nf_reject_ipv4.c). Rules should not do otherwise for a module
 * that some machine needs.
 */
const whereLoaded: Readonly<Record<string, string>> = {
  'net/bridge/bridge-nf-call-iptables': '0',
  'net/bridge/bridge-nf-call-ip6tables': '0',
}

/** A group that the user namespace does not map is EINVAL. */
const highestGroup = Math.max(...mappedIds('gid').map(([, last]) => last))

const tableOfConnections = '/proc/sys/net/ipv4/tcp_child_ehash_entries'

/**
 * Gives namespaces that are made from the calling thread's a table of their own for TCP connections, of so many buckets,
 * where the kernel has such (tcp_set_hashinfo in net/ipv4/tcp_ipv4.c, from 6.1 on). In one with the machine's, 262,144
 * buckets where there is much memory, the kernel walks all of them for what asks like `ss`, and as a namespace ends.
 */
export function separateConnections(): void {
  if (existsSync(tableOfConnections)) writeFileSync(tableOfConnections, '4096')
}

/** What a namespace does beside standing there. */
export interface Role {
  /** Of which families it forwards what is for others. */
  forwards: readonly Family[]
  ownsEverything: boolean
  /** Takes in by an interface what is for a loopback address. */
  routesLoopback?: boolean
}

/** Sets the sysctls of the calling thread's network namespace. */
export function setSysctls(role: Role): void {
  for (const [name, value] of Object.entries(sysctlsOf(role)))
    if (!(name in whereLoaded) || existsSync(`/proc/sys/${name}`)) writeFileSync(`/proc/sys/${name}`, value)
}

/** The sysctls of a namespace, by their names below /proc/sys; those of net/bridge are not there on every machine. */
export function sysctlsOf({
  forwards,
  ownsEverything,
  routesLoopback = false,
}: Role): Readonly<Record<string, string>> {
  const forwarding = (family: Family): '0' | '1' => (forwards.includes(family) ? '1' : '0')
  return {
    ...everywhere,
    ...whereLoaded,
    ...(routesLoopback && { 'net/ipv4/conf/all/route_localnet': '1' }),
    'net/ipv4/ping_group_range': `0 ${Math.min(highestGroup, largestPingGroup)}`,
    // IPv6 does not count an AnyIP route when a socket is bound; IPv4 does.
    'net/ipv6/ip_nonlocal_bind': ownsEverything ? '1' : '0',
    'net/ipv4/ip_forward': forwarding('ipv4'),
    'net/ipv6/conf/all/forwarding': forwarding('ipv6'),
  }
}
