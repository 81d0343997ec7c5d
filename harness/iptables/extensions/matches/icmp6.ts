import type { MatchExtension } from '../extension.ts'
import { icmpMatch } from '../icmp.ts'

/** `-m icmp6` */
export const icmp6: MatchExtension = { family: 'ipv6', protocols: [58], ...icmpMatch('--icmpv6-type') }
