import type { TargetExtension } from './extension.ts'
import { accept } from './targets/accept.ts'
import { audit } from './targets/audit.ts'
import { checksum } from './targets/checksum.ts'
import { classify } from './targets/classify.ts'
import { clusterip } from './targets/clusterip.ts'
import { connmark } from './targets/connmark.ts'
import { connsecmark } from './targets/connsecmark.ts'
import { ct } from './targets/ct.ts'
import { dnat } from './targets/dnat.ts'
import { dnpt } from './targets/dnpt.ts'
import { drop } from './targets/drop.ts'
import { dscp } from './targets/dscp.ts'
import { ecn } from './targets/ecn.ts'
import { hl } from './targets/hl.ts'
import { hmark } from './targets/hmark.ts'
import { idletimer } from './targets/idletimer.ts'
import { led } from './targets/led.ts'
import { log } from './targets/log.ts'
import { mark } from './targets/mark.ts'
import { masquerade } from './targets/masquerade.ts'
import { netmap } from './targets/netmap.ts'
import { nflog } from './targets/nflog.ts'
import { nfqueue } from './targets/nfqueue.ts'
import { notrack } from './targets/notrack.ts'
import { queue } from './targets/queue.ts'
import { rateest } from './targets/rateest.ts'
import { redirect } from './targets/redirect.ts'
import { reject } from './targets/reject.ts'
import { return_ } from './targets/return.ts'
import { secmark } from './targets/secmark.ts'
import { set } from './targets/set.ts'
import { snat } from './targets/snat.ts'
import { snpt } from './targets/snpt.ts'
import { synproxy } from './targets/synproxy.ts'
import { tcpmss } from './targets/tcpmss.ts'
import { tcpoptstrip } from './targets/tcpoptstrip.ts'
import { tee } from './targets/tee.ts'
import { tos } from './targets/tos.ts'
import { tproxy } from './targets/tproxy.ts'
import { trace } from './targets/trace.ts'
import { ttl } from './targets/ttl.ts'
import { ulog } from './targets/ulog.ts'

/** The targets that iptables 1.8.9 has, by their names behind `-j`. */
export const targets = {
  ACCEPT: accept,
  AUDIT: audit,
  CHECKSUM: checksum,
  CLASSIFY: classify,
  CLUSTERIP: clusterip,
  CONNMARK: connmark,
  CONNSECMARK: connsecmark,
  CT: ct,
  DNAT: dnat,
  DNPT: dnpt,
  DROP: drop,
  DSCP: dscp,
  ECN: ecn,
  HL: hl,
  HMARK: hmark,
  IDLETIMER: idletimer,
  LED: led,
  LOG: log,
  MARK: mark,
  MASQUERADE: masquerade,
  NETMAP: netmap,
  NFLOG: nflog,
  NFQUEUE: nfqueue,
  NOTRACK: notrack,
  QUEUE: queue,
  RATEEST: rateest,
  REDIRECT: redirect,
  REJECT: reject,
  RETURN: return_,
  SECMARK: secmark,
  SET: set,
  SNAT: snat,
  SNPT: snpt,
  SYNPROXY: synproxy,
  TCPMSS: tcpmss,
  TCPOPTSTRIP: tcpoptstrip,
  TEE: tee,
  TOS: tos,
  TPROXY: tproxy,
  TRACE: trace,
  TTL: ttl,
  ULOG: ulog,
} satisfies Readonly<Record<string, TargetExtension>>
