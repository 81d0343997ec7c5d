import type { Statement } from '../netfilter/statement.ts'
import type { Target } from './tree.ts'

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
  'IDLETIMER',
  'LED',
  'NFLOG',
  'RATEEST',
  'SET',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TOS',
  'TRACE',
]

export function lowerTarget(target: Target): Statement {
  switch (target.kind) {
    case 'log':
      return { kind: 'log' }
    case 'ct':
      return target.action === 'notrack' ? { kind: 'notrack' } : { kind: 'zone', direction: target.direction, zone: target.zone }
    case 'unknown':
      if (idle.includes(target.name)) return { kind: 'continue' }
      if (target.name === 'TTL' || target.name === 'HL') return { kind: 'hop-limit' }
      // The old name of `CT --notrack` (iptables-extensions(8)).
      if (target.name === 'NOTRACK') return { kind: 'notrack' }
      return target
    default:
      return target
  }
}
