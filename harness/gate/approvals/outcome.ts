import type { Approvals, Unused } from './approvals.ts'
import { textLines } from '../changes/cause.ts'
import type { Change, GateError } from '../changes/change.ts'
import type { GateConfig } from '../compared/config.ts'
import type { Coverage } from '../classes/coverage.ts'
import type { Sides } from '../compared/sides.ts'

/** All that is reported of a gate. */
export interface GateReport {
  mesh: string
  /** The two sources, as the caller wrote them. */
  sources: Sides<string>
  command: readonly string[]
  startedAt: Date
  durationMs: number
  configs: readonly GateConfig[]
  /** Of generated configs: where their chance began, and how many pairs of values they cover. */
  generated?: { seed: number; pairs: { covered: number; refused: number; left: number } }
  changes: readonly Change[]
  errors: readonly GateError[]
  coverage: Coverage
  approvals?: { name: string } & Unused
  /** Lines for the user beside these. */
  notices: readonly string[]
  backends: readonly string[]
}

export const unapproved = ({ changes }: Pick<GateReport, 'changes'>): Change[] =>
  changes.filter(({ approved }) => approved === undefined)

/** Marks the changes that a file approves. */
export function approve(changes: readonly Change[], approvals: Approvals | undefined): Change[] {
  return changes.map((change) => {
    const found = approvals?.find({ ...change, changed: textLines(change.cause.text) })
    return found === undefined ? change : { ...change, approved: { line: found.line, reason: found.reason } }
  })
}
