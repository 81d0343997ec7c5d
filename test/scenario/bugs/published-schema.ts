import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { publishedSchema } from '../../../harness/scenario/bugs/bug-schema.ts'

/** The JSON Schema of `sidetrack.bug/1`, in the repository and in the package. */
export const schemaFile = join(import.meta.dirname, '../../../harness/scenario/bugs/bug.schema.json')

/** What the valibot schema says, as JSON Schema; what that cannot say, such as a check of our own, is left out. */
export function makeSchema(): string {
  const { $schema, ...schema } = toJsonSchema(publishedSchema, { errorMode: 'ignore', typeMode: 'input' }) as Record<string, unknown>
  const head = {
    $schema,
    title: 'sidetrack.bug/1',
    description: 'A bug in interception rules: a ruleset that has it, one that has not, and flows that tell',
  }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(schemaFile, makeSchema())
