/**
 * Where an extension can be tried: what a rule needs beside it, in which table and chain, and options with which it is
 * accepted.
 */
export interface Base {
  family?: 'ipv4' | 'ipv6'
  /** What stands before it. */
  before?: string
  table?: string
  chain?: string
  options?: string
}

const tcp = '-p tcp'

/** One for each match that iptables 1.8.9 has. */
export const matchBases: Readonly<Record<string, Base>> = {
  addrtype: { options: '--dst-type LOCAL' },
  ah: { before: '-p ah', options: '--ahspi 1:2' },
  bpf: { options: '--bytecode "1,6 0 0 1"' },
  cgroup: { options: '--cgroup 1' },
  cluster: { options: '--cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1' },
  comment: { options: '--comment a' },
  connbytes: { options: '--connbytes 1:2 --connbytes-mode bytes --connbytes-dir both' },
  connlabel: { options: '--label 1' },
  connlimit: { options: '--connlimit-above 2' },
  connmark: { options: '--mark 1' },
  conntrack: { options: '--ctstate NEW' },
  cpu: { options: '--cpu 0' },
  dccp: { before: '-p dccp' },
  devgroup: { chain: 'FORWARD', options: '--src-group 1' },
  dscp: { options: '--dscp 1' },
  dst: { family: 'ipv6' },
  ecn: { before: tcp, options: '--ecn-ip-ect 1' },
  esp: { before: '-p esp' },
  eui64: { family: 'ipv6', chain: 'INPUT' },
  frag: { family: 'ipv6' },
  hashlimit: { options: '--hashlimit-upto 5/sec --hashlimit-name a' },
  hbh: { family: 'ipv6' },
  helper: { options: '--helper ftp' },
  hl: { family: 'ipv6', options: '--hl-eq 1' },
  icmp: { family: 'ipv4', before: '-p icmp', options: '--icmp-type 8' },
  icmp6: { family: 'ipv6', before: '-p icmpv6', options: '--icmpv6-type 128' },
  ipcomp: { before: '-p ipcomp' },
  iprange: { options: '--src-range 1.1.1.1-1.1.1.2' },
  ipv6header: { family: 'ipv6', options: '--header esp' },
  length: { options: '--length 1' },
  limit: {},
  mac: { chain: 'INPUT', options: '--mac-source 00:11:22:33:44:55' },
  mark: { options: '--mark 1' },
  mh: { family: 'ipv6', before: '-p mh' },
  multiport: { before: tcp, options: '--dports 1' },
  osf: { family: 'ipv4', before: tcp, chain: 'INPUT', options: '--genre Linux' },
  owner: { chain: 'OUTPUT', options: '--uid-owner 1' },
  physdev: { chain: 'FORWARD', options: '--physdev-in a' },
  pkttype: { options: '--pkt-type unicast' },
  policy: { chain: 'INPUT', options: '--dir in --pol ipsec' },
  quota: { options: '--quota 1' },
  realm: { family: 'ipv4', chain: 'INPUT', options: '--realm 1' },
  recent: { options: '--set' },
  rpfilter: { table: 'raw', chain: 'PREROUTING' },
  rt: { family: 'ipv6' },
  sctp: { before: '-p sctp' },
  socket: { chain: 'INPUT' },
  srh: { family: 'ipv6' },
  state: { options: '--state NEW' },
  statistic: { options: '--mode random --probability 0.5' },
  string: { options: '--algo bm --string a' },
  tcp: { before: tcp },
  tcpmss: { before: tcp, options: '--mss 1' },
  time: {},
  tos: { options: '--tos 1' },
  ttl: { family: 'ipv4', options: '--ttl-eq 1' },
  u32: { options: '--u32 0=1' },
  udp: { before: '-p udp' },
}

/** One for each target. */
export const targetBases: Readonly<Record<string, Base>> = {
  ACCEPT: {},
  AUDIT: { options: '--type drop' },
  CHECKSUM: { table: 'mangle', options: '--checksum-fill' },
  CLASSIFY: { chain: 'OUTPUT', options: '--set-class 1:2' },
  CONNMARK: { table: 'mangle', options: '--save-mark' },
  CONNSECMARK: { table: 'mangle', options: '--save' },
  CT: { table: 'raw', chain: 'PREROUTING' },
  DNAT: { before: tcp, table: 'nat', chain: 'PREROUTING', options: '--to-destination 1.1.1.1' },
  DNPT: { family: 'ipv6', table: 'mangle', chain: 'PREROUTING', options: '--src-pfx dead::/64 --dst-pfx 1::/64' },
  DROP: {},
  DSCP: { table: 'mangle', options: '--set-dscp 1' },
  ECN: { family: 'ipv4', before: tcp, table: 'mangle', options: '--ecn-ip-ect 1' },
  HL: { family: 'ipv6', table: 'mangle', options: '--hl-set 1' },
  HMARK: { table: 'mangle', options: '--hmark-tuple src --hmark-mod 1 --hmark-rnd 1' },
  IDLETIMER: { options: '--timeout 5 --label a' },
  LOG: {},
  MARK: { table: 'mangle', options: '--set-mark 1' },
  MASQUERADE: { before: tcp, table: 'nat', chain: 'POSTROUTING' },
  NETMAP: { table: 'nat', chain: 'PREROUTING', options: '--to 1.1.1.0/24' },
  NFLOG: {},
  NFQUEUE: {},
  NOTRACK: { table: 'raw', chain: 'PREROUTING' },
  RATEEST: { options: '--rateest-name a --rateest-interval 250ms --rateest-ewmalog 500ms' },
  REDIRECT: { before: tcp, table: 'nat', chain: 'OUTPUT' },
  REJECT: { before: tcp, chain: 'INPUT' },
  RETURN: {},
  SNAT: { before: tcp, table: 'nat', chain: 'POSTROUTING', options: '--to-source 1.1.1.1' },
  SNPT: { family: 'ipv6', table: 'mangle', chain: 'POSTROUTING', options: '--src-pfx dead::/64 --dst-pfx 1::/64' },
  SYNPROXY: { before: tcp, chain: 'INPUT' },
  TCPMSS: { before: '-p tcp --syn', table: 'mangle', chain: 'FORWARD', options: '--set-mss 1' },
  TCPOPTSTRIP: { before: tcp, table: 'mangle', options: '--strip-options mss' },
  TEE: { options: '--gateway 1.1.1.1' },
  TOS: { table: 'mangle', options: '--set-tos 1' },
  TPROXY: { before: tcp, table: 'mangle', chain: 'PREROUTING', options: '--on-port 1' },
  TRACE: { table: 'raw', chain: 'PREROUTING' },
  TTL: { family: 'ipv4', table: 'mangle', options: '--ttl-set 1' },
}

/** What iptables has and the kernel that tests run on may not: nothing can be tried. */
export const untried = ['ipvs', 'nfacct', 'rateest', 'set', 'SET', 'CLUSTERIP', 'LED', 'SECMARK', 'ULOG', 'QUEUE']
