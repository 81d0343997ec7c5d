import type { KeptTarget } from '../extension.ts'
import { flag, must } from '../option.ts'

/** `-j CHECKSUM`. */
export const checksum: KeptTarget = { options: [flag('--checksum-fill', must)], tables: ['mangle'], does: 'continue' }
