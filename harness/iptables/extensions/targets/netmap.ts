import type { KeptTarget } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import { must, value } from '../option.ts'

/** `-j NETMAP`. */
export const netmap: KeptTarget = {
  options: [value('--to', addressKinds.network, must)],
  tables: ['nat'],
  chains: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  does: 'unknown',
}
