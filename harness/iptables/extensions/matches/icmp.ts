import type { MatchExtension } from '../extension.ts'
import { icmpMatch } from '../icmp.ts'

/** `-m icmp` */
export const icmp: MatchExtension = { family: 'ipv4', protocols: [1], ...icmpMatch('--icmp-type') }
