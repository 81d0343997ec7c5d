import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m quota`. */
export const quota: MatchExtension = {
  ...kept,
  options: [value('--quota', kinds.number(64), mustNot)],
}
