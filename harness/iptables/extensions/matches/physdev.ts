import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flagNot, not, value } from '../option.ts'

/** `-m physdev`. */
export const physdev: MatchExtension = {
  ...kept,
  options: [
    value('--physdev-in', kinds.device, not),
    flagNot('--physdev-is-in'),
    value('--physdev-out', kinds.device, not),
    flagNot('--physdev-is-out'),
    flagNot('--physdev-is-bridged'),
  ],
  check: needsAny('something to look for'),
}
