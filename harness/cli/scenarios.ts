import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inputError } from '../core/errors.ts'
import { fileId, type LoadedFile, scenarioFiles } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { fromCaller, program } from './caller.ts'
import { loadApart } from './scenario-process/load.ts'

/** What SCENARIO may be, for help. */
export const scenarioArguments = 'SCENARIO is a file, a folder, FILE:LINE, or the file name or title of one that `list` shows.'

const suite = join(import.meta.dirname, '../../scenarios')

/** Which files an argument is about, and which of their scenarios it means. */
interface Selection {
  files: readonly string[]
  choose(scenarios: readonly Scenario[]): readonly Scenario[]
}

/**
 * The scenarios that arguments name: a file or folder, FILE:LINE for the scenario that stands there, or one of Sidetrack's own
 * by its file's name (`osm/loopback`, as ids begin) or its title. Without arguments, all of Sidetrack's own.
 * @throws HarnessError (`input`) if an argument names none, or with all that is wrong with any of the files.
 */
export async function selectScenarios(names: readonly string[]): Promise<Scenario[]> {
  const selections = await Promise.all(names.length === 0 ? [ownSuite()] : names.map(selection))
  const files = [...new Set(selections.flatMap(({ files }) => files))]
  const loaded = new Map((await loadApart(files)).map(({ file, scenarios }: LoadedFile) => [file, scenarios]))
  const selected = new Map<string, Scenario>()
  for (const { files, choose } of selections) {
    for (const scenario of choose(files.flatMap((file) => loaded.get(file) ?? [])))
      selected.set(`${scenario.location.file}:${scenario.location.line}:${scenario.title}`, scenario)
  }
  return [...selected.values()]
}

async function ownSuite(): Promise<Selection> {
  return { files: await scenarioFiles(suite), choose: (scenarios) => scenarios }
}

async function selection(name: string): Promise<Selection> {
  if (await exists(fromCaller(name))) return { files: await scenarioFiles(fromCaller(name), name), choose: (scenarios) => scenarios }
  const [, file, line] = /^(.+):(\d+)$/.exec(name) ?? []
  if (file !== undefined && (await exists(fromCaller(file))))
    return { files: await scenarioFiles(fromCaller(file), file), choose: (scenarios) => atLine(scenarios, name, Number(line)) }
  return { ...(await ownSuite()), choose: (scenarios) => called(scenarios, name) }
}

function called(scenarios: readonly Scenario[], name: string): Scenario[] {
  const own = scenarios.filter((scenario) => [fileId(scenario), `${scenario.mesh}/${fileId(scenario)}`, scenario.title].includes(name))
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
