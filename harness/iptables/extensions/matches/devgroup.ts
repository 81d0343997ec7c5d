import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { chainsBefore, chainsBehind, not, value } from '../option.ts'

/** `-m devgroup`. */
export const devgroup: MatchExtension = {
  ...kept,
  options: [
    value('--src-group', kinds.namedMark, { ...not, notIn: () => chainsBehind }),
    value('--dst-group', kinds.namedMark, { ...not, notIn: () => chainsBefore }),
  ],
  check: needsAny('--src-group or --dst-group'),
}
