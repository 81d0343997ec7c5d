import { createHash } from 'node:crypto'
import type { Finding } from '../../findings/finding.ts'

/** What a finding is known by from one capture to the next: its code and its own key, whatever stands around it. */
export function fingerprintOf({ kind, key }: Finding): string {
  return createHash('sha256').update(`${kind.code}\n${key}`).digest('hex').slice(0, 32)
}
