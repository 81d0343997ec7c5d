import type * as v from 'valibot'
import type { explainSchema } from '../explain/explain-schema.ts'
import type { findSchema } from '../find/find-schema.ts'
import type { publishedSchema as approvalSchema } from '../gate/approvals/approval-schema.ts'
import type { gateSchema } from '../gate/gate-schema.ts'
import type { OwnMesh } from '../mesh/own-mesh.ts'
import type { reproSchema } from '../repro/formats/repro-schema.ts'
import type { reportSchema } from '../report/reading/report-schema.ts'
import type { BugInput } from '../scenario/bugs/bug-schema.ts'
import type { configSchema } from './options/config.ts'

/** Types of what Sidetrack writes and reads as JSON, for whoever imports `sidetrack/report`. */

/** `sidetrack.report/1`: a run and its checks. */
export type RunReport = v.InferInput<typeof reportSchema>
export type RunCheck = RunReport['checks'][number]
/** `sidetrack.explain/1`: what rules do to one flow. */
export type ExplainReport = v.InferInput<typeof explainSchema>
/** `sidetrack.repro/1`: what a ruleset does, and what is wrong with it. */
export type ReproReport = v.InferInput<typeof reproSchema>
/** `sidetrack.find/1`: flows that answer a question. */
export type FindReport = v.InferInput<typeof findSchema>
/** `sidetrack.gate/1`: what behaves otherwise under other rules. */
export type GateReport = v.InferInput<typeof gateSchema>
export type GateChange = GateReport['changes'][number]
/** What `list --json` writes. */
export type { ListReport } from './list/schema.ts'
/** `sidetrack.config/1`: what a rule builder is asked for. */
export type BuilderRequest = v.InferInput<typeof configSchema>
/** `sidetrack.mesh/1`: a mesh's promise. */
export type Mesh = OwnMesh
/** `sidetrack.bug/1`: a bug file. */
export type Bug = BugInput
/** An entry of `gate --approvals`. */
export type Approval = v.InferInput<typeof approvalSchema>
