import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

/** `-m ipcomp`. */
export const ipcomp: MatchExtension = {
  ...kept,
  options: [value('--ipcompspi', kinds.numbers(32), not), flag('--compres')],
  protocols: [108],
}
