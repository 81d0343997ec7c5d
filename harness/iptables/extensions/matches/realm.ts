import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m realm`. */
export const realm: MatchExtension = {
  ...kept,
  family: 'ipv4',
  options: [value('--realm', kinds.namedMark, mustNot)],
  chains: ['FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT'],
}
