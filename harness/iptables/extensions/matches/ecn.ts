import { has, isTcp, needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flagNot, not, value } from '../option.ts'

/** `-m ecn`. */
export const ecn: MatchExtension = {
  ...kept,
  options: [flagNot('--ecn-tcp-cwr'), flagNot('--ecn-tcp-ece'), value('--ecn-ip-ect', kinds.number(8, 0, 3), not)],
  check: (match, around) =>
    needsAny('something to look for')(match) ??
    (!isTcp(around) && (has(match, '--ecn-tcp-cwr') || has(match, '--ecn-tcp-ece')) ? 'needs -p tcp' : undefined),
}
