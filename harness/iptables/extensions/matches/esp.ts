import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m esp`. */
export const esp: MatchExtension = {
  ...kept,
  options: [value('--espspi', kinds.numbers(32), not)],
  protocols: [50],
}
