import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as v from 'valibot'
import { publishedSchema } from '../../harness/mesh/own-mesh.ts'

/** The JSON Schema of `sidetrack.mesh/1`, in the repository and in the package. */
export const schemaFile = join(import.meta.dirname, '../../schemas/mesh.json')

type Convert = (schema: v.GenericSchema, config: { errorMode: 'ignore'; typeMode: 'input' }) => object

/** What the valibot schema says, as JSON Schema; what that cannot say, such as a check of our own, is left out. */
export async function makeSchema(): Promise<string> {
  // By a name that the compiler does not follow: it is a tool of the tests, and types are checked without it as well.
  const name = '@valibot/to-json-schema'
  const { toJsonSchema } = (await import(name)) as { toJsonSchema: Convert }
  const { $schema, ...schema } = toJsonSchema(publishedSchema, { errorMode: 'ignore', typeMode: 'input' }) as Record<string, unknown>
  const head = { $schema, title: 'sidetrack.mesh/1', description: "A service mesh's promise: its proxy, and what its rules capture" }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(schemaFile, await makeSchema())
