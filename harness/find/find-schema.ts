import * as v from 'valibot'
import { families } from '../core/address.ts'
import { dimensions } from '../classes/boxes/frame.ts'
import { explainSchema } from '../explain/explain-schema.ts'
import { backends } from '../flow/backend.ts'
import { matchedRule, number, observed } from '../report/reading/report-schema.ts'

const { journey, verdict, heard: _, ...ends } = observed.entries
const { proxy, warnings, assumed, cleaned, passedOver, leftOut, built, snapshots, flow } = explainSchema.entries

/** What becomes of one flow, and by which rule; null where none decides. */
const fate = v.union([
  v.object({ verdict: v.literal('unknown'), unknown: v.string() }),
  v.object({ verdict, ...ends, journey, decidedBy: v.union([v.null(), v.literal('unknown'), matchedRule]) }),
])

/** What was seen of a flow that was sent, or why it could not be. */
const seen = {
  observed: v.exactOptional(fate),
  asPredicted: v.exactOptional(v.boolean()),
  error: v.exactOptional(v.string()),
}

/** `sidetrack.find/1` as `find --json` writes it. Fields are added, never renamed. */
export const findSchema = v.object({
  schema: v.literal('sidetrack.find/1'),
  /** In words. */
  question: v.string(),
  proxy,
  warnings,
  assumed,
  cleaned,
  passedOver,
  leftOut,
  built,
  snapshots,
  answers: v.array(
    v.object({
      family: v.picklist(families),
      origin: v.picklist(['pod', 'peer', 'inner']),
      interface: v.exactOptional(v.string()),
      protocol: v.picklist(['tcp', 'udp', 'icmp']),
      /** What sets these flows apart from all others of their kind: `0-1499,1501-`, `203.0.113.0/24`, `any but 22`. */
      ranges: v.partial(v.object(Object.fromEntries(dimensions.map((dimension) => [dimension, v.string()])))),
      /** The plainest of them. */
      flow,
      predicted: fate,
      ...seen,
    }),
  ),
  searched: v.object({
    /** How many classes of flows the rules tell apart. */
    classes: number,
    /** Whether every flow of these kinds is in one. */
    isWhole: v.boolean(),
    spent: v.exactOptional(v.picklist(['classes', 'milliseconds', 'samples'])),
    unknown: v.array(v.object({ why: v.string(), classes: number })),
    kinds: v.array(v.string()),
  }),
  /** Without `--static`: what was sent, and of what kernel and model do not say the same. */
  driven: v.exactOptional(
    v.object({
      iptables: v.object({ backend: v.picklist(backends), version: v.string() }),
      flows: number,
      disagreements: v.array(v.object({ flow, predicted: fate, ...seen })),
    }),
  ),
})
