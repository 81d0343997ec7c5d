import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { must, value } from '../option.ts'

/** `-j AUDIT`. */
export const audit: KeptTarget = {
  options: [value('--type', kinds.oneOfAnyCase('accept', 'drop', 'reject'), must)],
  does: 'continue',
}
