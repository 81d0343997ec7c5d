import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import { hopLimit } from '../hop-limit.ts'

/** `-j HL`. */
export const hl: KeptTarget = {
  family: 'ipv6',
  options: hopLimit('hl'),
  tables: ['mangle'],
  check: needsOption,
  does: 'hop-limit',
}
