import * as v from 'valibot'
import { number } from '../../report/reading/report-schema.ts'

const release = v.exactOptional(v.string())

/** What is expected of a flow, as a scenario says it. */
const expected = v.looseObject({
  verdict: v.picklist(['redirected', 'captured', 'direct', 'translated', 'refused', 'dropped', 'looped']),
})

const configured = { config: v.record(v.string(), v.unknown()), podAnnotations: v.record(v.string(), v.string()) }
const rules = v.variant('kind', [
  v.object({ kind: v.literal('config'), ...configured }),
  v.object({
    kind: v.literal('text'),
    text: v.string(),
    isPasted: v.exactOptional(v.literal(true)),
    ...v.partial(v.object(configured)).entries,
  }),
])

/** What `list --json` writes. Fields are added, never renamed. */
export const listSchema = v.array(
  v.object({
    file: v.string(),
    line: number,
    mesh: v.string(),
    /** What the ids of its checks begin with, after the mesh. */
    name: v.string(),
    title: v.string(),
    releases: v.object({ from: release, to: release }),
    tags: v.array(v.string()),
    rules,
    flows: v.array(v.object({ flow: v.string(), expected, line: number })),
  }),
)

export type ListReport = v.InferInput<typeof listSchema>
