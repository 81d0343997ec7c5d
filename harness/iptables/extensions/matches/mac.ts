import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m mac`. */
export const mac: MatchExtension = {
  ...kept,
  options: [value('--mac-source', addressKinds.mac, mustNot)],
  chains: ['PREROUTING', 'INPUT', 'FORWARD'],
}
