import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { fileId, loadScenarios } from '../../harness/scenario/load.ts'

const dsl = pathToFileURL(join(import.meta.dirname, '../../harness/scenario/dsl.ts')).href
const file = (titles: string[], asList = true): string => {
  const scenarios = titles.map((title) => `scenario('${title}', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })`)
  return `import { app, osm, scenario } from '${dsl}'\nexport default ${asList ? `[${scenarios.join(', ')}]` : scenarios[0]}\n`
}

async function refusal(path: string): Promise<string> {
  const error: unknown = await loadScenarios(path).catch((thrown: unknown) => thrown)
  if (error instanceof HarnessError && error.fault === 'input') return error.line
  throw error
}

t.test('a file of one scenario, or of several', async (t) => {
  const folder = t.testdir({ 'one.ts': file(['alone'], false), 'two.ts': file(['first', 'second']) })
  t.same(
    (await loadScenarios(join(folder, 'one.ts'))).map(({ title }) => title),
    ['alone'],
  )
  t.same(
    (await loadScenarios(join(folder, 'two.ts'))).map(({ title }) => title),
    ['first', 'second'],
  )
})

t.test('a folder is loaded with all that is below it, in the order of paths', async (t) => {
  const folder = t.testdir({
    'z.ts': file(['z']),
    'a.mjs': file(['a']),
    deeper: { 'c.js': file(['c']) },
    'd.d.ts': 'nonsense(',
    'notes.md': '',
  })
  const scenarios = await loadScenarios(folder)
  t.same(
    scenarios.map(({ title }) => title),
    ['a', 'c', 'z'],
  )
  t.same(scenarios.map(fileId), ['a', 'c', 'z'])
})

t.test('scenarios know their file', async (t) => {
  const folder = t.testdir({ 'one.ts': file(['alone']) })
  t.match(await loadScenarios(folder), [{ location: { file: join(folder, 'one.ts'), line: 2 } }])
})

t.test('what cannot be loaded is named', async (t) => {
  const folder = t.testdir({
    'broken.ts': 'export default [',
    'empty.ts': 'export default []',
    'other.ts': 'export default [{ title: 1 }]',
    'invalid.ts': file([' ']),
  })
  t.match(await refusal(join(folder, 'missing.ts')), /missing\.ts: no such file or folder/)
  t.match(await refusal(join(folder, 'broken.ts')), /broken\.ts: does not load/)
  t.match(await refusal(join(folder, 'empty.ts')), /empty\.ts: its default export must be a scenario or a list of scenarios/)
  t.match(await refusal(join(folder, 'other.ts')), /other\.ts: its default export must be/)
  t.match(await refusal(join(folder, 'invalid.ts')), /invalid\.ts:2: a scenario needs a title/)
})
