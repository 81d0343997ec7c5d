import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m tos`. */
export const tos: MatchExtension = {
  ...kept,
  options: [value('--tos', kinds.tos, mustNot)],
}
