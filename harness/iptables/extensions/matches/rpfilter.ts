import type { MatchExtension } from '../extension.ts'
import { kept } from '../lowering.ts'
import { flag } from '../option.ts'

/** `-m rpfilter`. */
export const rpfilter: MatchExtension = {
  ...kept,
  options: [flag('--loose'), flag('--validmark'), flag('--accept-local'), flag('--invert')],
  tables: ['raw', 'mangle'],
  chains: ['PREROUTING'],
}
