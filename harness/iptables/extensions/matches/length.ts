import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m length`. */
export const length: MatchExtension = {
  ...kept,
  options: [value('--length', kinds.numbers(16), mustNot)],
}
