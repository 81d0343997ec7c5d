import { readFileSync } from 'node:fs'
import t from 'tap'
import { makeSchema, schemaFile } from './published-schema.ts'

t.test('the published JSON Schema says what is read', async (t) => {
  t.same(
    JSON.parse(readFileSync(schemaFile, 'utf8')),
    JSON.parse(makeSchema()),
    'write it anew: node test/scenario/bugs/published-schema.ts',
  )
})
