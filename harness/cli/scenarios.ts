import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inputError } from '../core/errors.ts'
import { fileId, loadScenarios } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { fromCaller, program } from './caller.ts'
import { allowScenarioImports } from './scenario-imports.ts'

/** What SCENARIO may be, for help. */
export const scenarioArguments = 'SCENARIO is a file, a folder, FILE:LINE, or the file name or title of one that `list` shows.'

const suite = join(import.meta.dirname, '../../scenarios')

/**
 * The scenarios that arguments name: a file or folder, FILE:LINE for the scenario that stands there, or one of Sidetrack's own
 * by its file's name (`osm/loopback`, as ids begin) or its title. Without arguments, all of Sidetrack's own.
 * @throws HarnessError (`input`) if an argument names none.
 */
export async function selectScenarios(names: readonly string[]): Promise<Scenario[]> {
  allowScenarioImports()
  if (names.length === 0) return loadScenarios(suite)
  const selected = new Map<string, Scenario>()
  for (const name of names) {
    for (const scenario of await named(name))
      selected.set(`${scenario.location.file}:${scenario.location.line}:${scenario.title}`, scenario)
  }
  return [...selected.values()]
}

async function named(name: string): Promise<Scenario[]> {
  if (await exists(fromCaller(name))) return loadScenarios(fromCaller(name))
  const [, file, line] = /^(.+):(\d+)$/.exec(name) ?? []
  if (file !== undefined && (await exists(fromCaller(file)))) return atLine(await loadScenarios(fromCaller(file)), name, Number(line))
  const own = (await loadScenarios(suite)).filter((scenario) =>
    [fileId(scenario), `${scenario.mesh}/${fileId(scenario)}`, scenario.title].includes(name),
  )
  if (own.length === 0)
    throw inputError(name, 'no such file or folder, and no scenario of that name', `'${program} list' shows Sidetrack's own`)
  return own
}

function atLine(scenarios: readonly Scenario[], name: string, line: number): Scenario[] {
  const found = scenarios.filter(({ location }) => location.line <= line).sort((a, b) => b.location.line - a.location.line)[0]
  if (found === undefined) throw inputError(name, 'no scenario stands there', `the first is at line ${scenarios[0]?.location.line}`)
  return [found]
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
