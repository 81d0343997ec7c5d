import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeSchema, pathOf, published } from './published-schemas.ts'

t.test('the JSON Schemas of the package are those of the code', async (t) => {
  for (const one of published)
    t.same(
      JSON.parse(readFileSync(pathOf(one), 'utf8')),
      JSON.parse(makeSchema(one)),
      `${one.file}; write it anew: node test/published-schemas.ts`,
    )
})

t.test('those of what people write say what stands in a list', async (t) => {
  for (const one of published.filter(({ file }) => /\/(mesh|bug|config|approvals)\.schema/.test(file)))
    t.notMatch(makeSchema(one), '"items": {}', one.file)
})

t.test('each can be imported from the package', async (t) => {
  const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const files: string[] = Object.values(exports).filter((target): target is string => typeof target === 'string')
  for (const { file } of published) t.ok(files.includes(`./${file}`), file)
  for (const file of files) t.ok(existsSync(join(import.meta.dirname, '..', file)), file)
})
