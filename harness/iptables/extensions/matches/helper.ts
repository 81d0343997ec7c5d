import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m helper`. */
export const helper: MatchExtension = {
  ...kept,
  options: [value('--helper', kinds.text(1), mustNot)],
}
