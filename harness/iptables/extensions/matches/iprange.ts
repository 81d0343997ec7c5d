import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m iprange`. */
export const iprange: MatchExtension = {
  ...kept,
  options: [value('--src-range', kinds.addressRange, not), value('--dst-range', kinds.addressRange, not)],
  check: needsAny('--src-range or --dst-range'),
}
