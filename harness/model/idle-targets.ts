import type { Target } from '../iptables/tree.ts'

/**
 * Targets that end no packet's way and change nothing that a rule here can ask or a route is chosen by: they tell somebody, or set
 * a header field, and the next rule follows (XT_CONTINUE in net/netfilter/xt_*.c; iptables-extensions(8)).
 */
const idle: readonly string[] = [
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'DSCP',
  'ECN',
  'HL',
  'IDLETIMER',
  'LED',
  'NFLOG',
  'RATEEST',
  'SET',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TOS',
  'TRACE',
  'TTL',
]

type Unknown = Extract<Target, { kind: 'unknown' }>

/** Whether a target that is kept as it was written lets a packet go on as it is. */
export const isIdle = ({ name }: Unknown): boolean => idle.includes(name)

/** The old name of `CT --notrack` (iptables-extensions(8)). */
export const isNotrack = ({ name }: Unknown): boolean => name === 'NOTRACK'

/** Whether it changes how far a packet may still go, which counts where that is forwarded. */
export const setsHopLimit = ({ name }: Unknown): boolean => name === 'TTL' || name === 'HL'
