import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, must, value } from '../option.ts'

/** A file of this name is made below /sys. */
const label = kinds.kind(
  'a label of 1 to 27 bytes without /',
  (written) => !/^\.{1,2}$|\//.test(written) && written !== '',
)

/** `-j IDLETIMER`. */
export const idletimer: KeptTarget = {
  options: [value('--timeout', kinds.number(32, 1), must), value('--label', label, must), flag('--alarm')],
  does: 'continue',
}
