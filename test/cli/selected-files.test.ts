import { join } from 'node:path'
import t from 'tap'
import { selectScenarios } from '../../harness/cli/options/scenarios.ts'
import { fileId, type Loaded, loadFiles, scenarioFiles } from '../../harness/scenario/load.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'

const own = await loadFiles(await scenarioFiles(join(import.meta.dirname, '../../scenarios')))
const scenarios = own.files.flatMap((file) => file.scenarios)
const namesOf = (scenario: Scenario): string[] =>
  [fileId(scenario), scenario.title].flatMap((name) => [name, `${scenario.mesh}/${name}`])

/** What a name selects, and how many files were loaded for it. */
async function select(name: string): Promise<{ selected: Scenario[]; loaded: number }> {
  let loaded = 0
  const load = async (files: readonly string[]): Promise<Loaded> => {
    loaded = files.length
    return { files: own.files.filter(({ file }) => files.includes(file)), issues: [] }
  }
  const { scenarios: selected } = await selectScenarios([name], { load })
  return { selected, loaded }
}

t.test('one of its own files is loaded by itself, and selects what it would among all of them', async (t) => {
  const ids = new Set(scenarios.flatMap((scenario) => [fileId(scenario), `${scenario.mesh}/${fileId(scenario)}`]))
  t.ok(ids.size > own.files.length)
  for (const name of ids) {
    const { selected, loaded } = await select(name)
    const files = own.files.filter(({ scenarios: [first] }) => first && namesOf(first).includes(name))
    t.same(
      selected,
      scenarios.filter((scenario) => namesOf(scenario).includes(name)),
      name,
    )
    t.equal(loaded, files.length, name)
  }
})

t.test('a title is looked for in all of them', async (t) => {
  const [first] = scenarios
  if (first === undefined) return t.fail('there is no scenario')
  const { title, mesh } = first
  for (const name of [title, `${mesh}/${title}`]) {
    const { selected, loaded } = await select(name)
    t.ok(selected.some((scenario) => scenario.title === title))
    t.equal(loaded, own.files.length)
  }
  await t.rejects(select('no such title'), { message: /no scenario of that name/ })
})
