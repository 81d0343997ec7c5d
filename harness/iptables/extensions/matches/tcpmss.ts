import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m tcpmss`. */
export const tcpmss: MatchExtension = {
  ...kept,
  options: [value('--mss', kinds.numbers(16, true), mustNot)],
  protocols: [6],
}
