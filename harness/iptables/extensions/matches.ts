import type { Family } from '../../core/address.ts'
import type { MatchExtension } from './extension.ts'
import { addrtype } from './matches/addrtype.ts'
import { ah } from './matches/ah.ts'
import { bpf } from './matches/bpf.ts'
import { cgroup } from './matches/cgroup.ts'
import { cluster } from './matches/cluster.ts'
import { comment } from './matches/comment.ts'
import { connbytes } from './matches/connbytes.ts'
import { connlabel } from './matches/connlabel.ts'
import { connlimit } from './matches/connlimit.ts'
import { connmark } from './matches/connmark.ts'
import { conntrack } from './matches/conntrack.ts'
import { cpu } from './matches/cpu.ts'
import { dccp } from './matches/dccp.ts'
import { devgroup } from './matches/devgroup.ts'
import { dscp } from './matches/dscp.ts'
import { dst } from './matches/dst.ts'
import { ecn } from './matches/ecn.ts'
import { esp } from './matches/esp.ts'
import { eui64 } from './matches/eui64.ts'
import { frag } from './matches/frag.ts'
import { hashlimit } from './matches/hashlimit.ts'
import { hbh } from './matches/hbh.ts'
import { helper } from './matches/helper.ts'
import { hl } from './matches/hl.ts'
import { icmp } from './matches/icmp.ts'
import { icmp6 } from './matches/icmp6.ts'
import { ipcomp } from './matches/ipcomp.ts'
import { iprange } from './matches/iprange.ts'
import { ipv6header } from './matches/ipv6header.ts'
import { ipvs } from './matches/ipvs.ts'
import { length } from './matches/length.ts'
import { limit } from './matches/limit.ts'
import { mac } from './matches/mac.ts'
import { mark } from './matches/mark.ts'
import { mh } from './matches/mh.ts'
import { multiport } from './matches/multiport.ts'
import { nfacct } from './matches/nfacct.ts'
import { osf } from './matches/osf.ts'
import { owner } from './matches/owner.ts'
import { physdev } from './matches/physdev.ts'
import { pkttype } from './matches/pkttype.ts'
import { policy } from './matches/policy.ts'
import { quota } from './matches/quota.ts'
import { rateest } from './matches/rateest.ts'
import { realm } from './matches/realm.ts'
import { recent } from './matches/recent.ts'
import { rpfilter } from './matches/rpfilter.ts'
import { rt } from './matches/rt.ts'
import { sctp } from './matches/sctp.ts'
import { set } from './matches/set.ts'
import { socket } from './matches/socket.ts'
import { srh } from './matches/srh.ts'
import { state } from './matches/state.ts'
import { statistic } from './matches/statistic.ts'
import { string } from './matches/string.ts'
import { tcp } from './matches/tcp.ts'
import { tcpmss } from './matches/tcpmss.ts'
import { time } from './matches/time.ts'
import { tos } from './matches/tos.ts'
import { ttl } from './matches/ttl.ts'
import { u32 } from './matches/u32.ts'
import { udp } from './matches/udp.ts'

/** The matches that iptables 1.8.9 has, by their names behind `-m`; one that is another in each family has both. */
export const matches = {
  addrtype,
  ah,
  bpf,
  cgroup,
  cluster,
  comment,
  connbytes,
  connlabel,
  connlimit,
  connmark,
  conntrack,
  cpu,
  dccp,
  devgroup,
  dscp,
  dst,
  ecn,
  esp,
  eui64,
  frag,
  hashlimit,
  hbh,
  helper,
  hl,
  icmp,
  icmp6,
  ipcomp,
  iprange,
  ipv6header,
  ipvs,
  length,
  limit,
  mac,
  mark,
  mh,
  multiport,
  nfacct,
  osf,
  owner,
  physdev,
  pkttype,
  policy,
  quota,
  rateest,
  realm,
  recent,
  rpfilter,
  rt,
  sctp,
  set,
  socket,
  srh,
  state,
  statistic,
  string,
  tcp,
  tcpmss,
  time,
  tos,
  ttl,
  u32,
  udp,
} satisfies Readonly<Record<string, MatchExtension | Readonly<Record<Family, MatchExtension>>>>
