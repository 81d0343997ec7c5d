import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m osf`. */
export const osf: MatchExtension = {
  ...kept,
  family: 'ipv4',
  options: [
    value('--genre', kinds.text(), mustNot),
    value('--ttl', kinds.number(32, 0, 2)),
    value('--log', kinds.number(32, 0, 2)),
  ],
  protocols: [6],
  chains: ['PREROUTING', 'INPUT', 'FORWARD'],
}
