import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { configSchema } from '../harness/cli/options/config.ts'
import { listSchema } from '../harness/cli/list/schema.ts'
import { explainSchema } from '../harness/explain/explain-schema.ts'
import { findSchema } from '../harness/find/find-schema.ts'
import { publishedSchema as approvalSchema } from '../harness/gate/approvals/approval-schema.ts'
import { gateSchema } from '../harness/gate/gate-schema.ts'
import { publishedSchema as meshSchema } from '../harness/mesh/own-mesh.ts'
import { reproSchema } from '../harness/repro/formats/repro-schema.ts'
import { reportSchema } from '../harness/report/reading/report-schema.ts'
import { publishedSchema as bugSchema } from '../harness/scenario/bugs/bug-schema.ts'

const root = join(import.meta.dirname, '..')

interface Published {
  /** Below the package. */
  file: string
  title: string
  description: string
  schema: v.GenericSchema
}

/** Formats that people write or read, each with the schema that checks it; JSON Schemas of them are in the package. */
export const published: readonly Published[] = [
  {
    file: 'harness/mesh/mesh.schema.json',
    title: 'sidetrack.mesh/1',
    description: "A service mesh's promise: its proxy, and what its rules capture",
    schema: meshSchema,
  },
  {
    file: 'harness/scenario/bugs/bug.schema.json',
    title: 'sidetrack.bug/1',
    description: 'A bug in interception rules: a ruleset that has it, one that has not, and flows that tell',
    schema: bugSchema,
  },
  {
    file: 'harness/cli/config.schema.json',
    title: 'sidetrack.config/1',
    description: 'What a rule builder is asked for, and what --config takes',
    schema: configSchema,
  },
  {
    file: 'harness/gate/approvals.schema.json',
    title: 'Approvals',
    description: 'Changes of behaviour that somebody has reviewed (gate --approvals)',
    schema: v.array(approvalSchema),
  },
  {
    file: 'harness/report/reading/report.schema.json',
    title: 'sidetrack.report/1',
    description: 'A run and its checks (run --reporter json)',
    schema: reportSchema,
  },
  {
    file: 'harness/explain/explain.schema.json',
    title: 'sidetrack.explain/1',
    description: 'What rules do to one flow (explain --json)',
    schema: explainSchema,
  },
  {
    file: 'harness/repro/formats/repro.schema.json',
    title: 'sidetrack.repro/1',
    description: 'What a ruleset does, and what is wrong with it (repro --reporter json)',
    schema: reproSchema,
  },
  {
    file: 'harness/find/find.schema.json',
    title: 'sidetrack.find/1',
    description: 'Flows that answer a question (find --json)',
    schema: findSchema,
  },
  {
    file: 'harness/gate/gate.schema.json',
    title: 'sidetrack.gate/1',
    description: 'What behaves otherwise under other rules (gate --reporter json)',
    schema: gateSchema,
  },
  {
    file: 'harness/cli/list.schema.json',
    title: 'Scenarios',
    description: 'Scenarios with their flows (list --json)',
    schema: listSchema,
  },
]

/** A published file, absolute. */
export const pathOf = ({ file }: Published): string => join(root, file)

/** What the valibot schema says, as JSON Schema; what that cannot say, such as a check of our own, is left out. */
export function makeSchema({ title, description, schema }: Published): string {
  const { $schema, ...rest } = toJsonSchema(schema as v.GenericSchema, {
    errorMode: 'ignore',
    typeMode: 'input',
  }) as Record<string, unknown>
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`
}

if (import.meta.main) for (const one of published) writeFileSync(pathOf(one), makeSchema(one))
