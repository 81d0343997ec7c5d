import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m cpu`. */
export const cpu: MatchExtension = {
  ...kept,
  options: [value('--cpu', kinds.number(32), mustNot)],
}
