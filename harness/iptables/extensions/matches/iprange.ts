import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m iprange`. */
export const iprange: MatchExtension = {
  ...kept,
  options: [value('--src-range', addressKinds.addressRange, not), value('--dst-range', addressKinds.addressRange, not)],
  check: needsAny('--src-range or --dst-range'),
}
