import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import { hopLimit } from '../hop-limit.ts'

/** `-j TTL`. */
export const ttl: KeptTarget = {
  family: 'ipv4',
  options: hopLimit('ttl'),
  tables: ['mangle'],
  check: needsOption,
  does: 'hop-limit',
}
