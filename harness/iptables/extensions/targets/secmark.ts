import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { must, value } from '../option.ts'

/** `-j SECMARK`. */
export const secmark: KeptTarget = {
  options: [value('--selctx', kinds.text(1), must)],
  tables: ['mangle', 'security'],
  does: 'unknown',
}
