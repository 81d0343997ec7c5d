import type { MatchExtension } from '../extension.ts'
import { isU32 } from '../formats.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m u32`. */
export const u32: MatchExtension = {
  ...kept,
  options: [value('--u32', kinds.kind('a test; write LOCATION=VALUES', isU32), mustNot)],
}
