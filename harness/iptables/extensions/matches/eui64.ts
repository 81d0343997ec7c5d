import type { MatchExtension } from '../extension.ts'
import { kept } from '../lowering.ts'

/** `-m eui64`. */
export const eui64: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [],
  chains: ['PREROUTING', 'INPUT', 'FORWARD'],
}
