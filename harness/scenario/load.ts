import { readdir, stat } from 'node:fs/promises'
import { basename, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inputError, type Issue } from '../core/errors.ts'
import { shown } from '../input/fields.ts'
import { collectIssues, complain, issuesSoFar, unusable } from '../input/issues.ts'
import { bugGroup } from './bugs/bug.ts'
import { complainOfLoading } from './load-errors.ts'
import { isProject, type ProjectConfig, projectFiles } from './project.ts'
import { isScenario, scenariosMadeBy } from './registry.ts'
import type { Scenario } from './scenario.ts'
import { allowScenarioImports } from './scenario-imports.ts'

/** No scenario file is that large. */
const largest = 16 * 1024 * 1024

export interface LoadedFile {
  /** Absolute. */
  file: string
  scenarios: readonly Scenario[]
  /** Of a project file, what it says. */
  project?: ProjectConfig
}

/** What the name of a scenario file ends with; declarations are none. */
export const scenarioEnding = /(?<!\.d)\.[cm]?[jt]s$/
/** The same, as messages have it. */
export const scenarioEndings = '.ts, .mts, .cts, .js, .mjs or .cjs'

/** Whether files there are nobody's scenarios: packages, and what a dot hides. */
export const isNobodys = (folder: string): boolean =>
  folder.split(sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name))

/**
 * The scenario file at a path, or each one below a folder, in the order of their paths, absolute.
 * @param name what messages call the path.
 * @throws HarnessError (`input`) if there is none.
 */
export async function scenarioFiles(path: string, name = path): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw inputError(name, 'no such file or folder')
  if (!found.isDirectory()) {
    if (found.isFile() && !scenarioEnding.test(path))
      throw inputError(name, 'is no scenario file by its name', `those end with ${scenarioEndings}`)
    return [resolve(path)]
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter(({ parentPath }) => !isNobodys(relative(path, parentPath)))
    .filter((entry) => !entry.isDirectory() && scenarioEnding.test(entry.name) && !isProjectFile(entry.name))
    .map(({ parentPath, name }) => resolve(parentPath, name))
    .sort()
}

/** Files that are right, and all that is wrong with the others. */
export interface Loaded {
  files: readonly LoadedFile[]
  issues: readonly Issue[]
}

/**
 * Loads files one by one, in this process, with whatever else a file does to it.
 * @param begin is called before each file is loaded. @param heard for each file that another one imports.
 */
export async function loadFiles(
  files: readonly string[],
  begin: (file: string) => void = () => {},
  heard?: (importer: string, imported: string) => void,
): Promise<Loaded> {
  allowScenarioImports(heard)
  const loaded: LoadedFile[] = []
  const broken = new Set<string>()
  const { value: made, issues } = await collectIssues(() =>
    scenariosMadeBy(async () => {
      for (const file of files) {
        begin(file)
        const found = await loadFile(file)
        if (found === undefined) broken.add(file)
        else loaded.push({ file, ...found })
      }
    }),
  )
  const exported = new Set(loaded.flatMap(({ scenarios }) => scenarios))
  const forgotten = made
    .filter((scenario) => !exported.has(scenario) && !broken.has(scenario.location.file))
    .map(({ title, location }) => ({
      ...location,
      what: `scenario ${shown(title)} is not exported`,
      hint: 'add it to the default export',
    }))
  const all = [...issues, ...forgotten]
  const wrong = new Set(all.map(({ file }) => file))
  return { files: loaded.filter(({ file }) => !wrong.has(file)), issues: all }
}

/** @returns what a file exports; undefined if it does not load. Problems go to `collectIssues`. */
async function loadFile(file: string): Promise<Omit<LoadedFile, 'file'> | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) return nothing(file, 'is no file')
  if (found.size > largest) return nothing(file, `is larger than ${largest} bytes`)
  let module: Record<string, unknown>
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    complainOfLoading(file, error)
    return undefined
  }
  if (!('default' in module))
    return nothing(
      file,
      'has no default export',
      `write 'export default ${isProjectFile(file) ? 'defineConfig({…})' : 'scenario(…)'}'`,
    )
  const exported = defaultOf(module)
  if (isProjectFile(file)) return projectOf(file, exported)
  const all: readonly unknown[] = Array.isArray(exported) ? exported : [exported]
  // Problems are reported while a file runs, and a module runs only once in a process.
  if (all.includes(unusable) && issuesSoFar().length === 0)
    return nothing(file, 'is wrong, as was said when it was loaded first')
  const odd = all.findIndex((one) => one !== unusable && !isScenario(one))
  if (all.length > 0 && odd === -1) return { scenarios: all.filter(isScenario) }
  const which =
    all.length === 0 ? 'it is empty' : `${shown(all[odd])}${Array.isArray(exported) ? ` at ${odd}` : ''} is none`
  return nothing(
    file,
    `its default export must be a scenario or a list of scenarios, and ${which}`,
    isCommonJs(module) ? "write 'module.exports = scenario(…)'" : "make them with 'scenario(…)'",
  )
}

/** Node gives what a CommonJS module exports under this name as well (nodejs.org/api/esm.html#commonjs-namespaces). */
const isCommonJs = (module: Readonly<Record<string, unknown>>): boolean => 'module.exports' in module

/**
 * What a module exports by default. In CommonJS that is `module.exports`, or its `default`, as compilers write it and
 * bundlers read it.
 */
function defaultOf(module: Readonly<Record<string, unknown>>): unknown {
  const exported = module['default']
  if (!isCommonJs(module) || typeof exported !== 'object' || exported === null) return exported
  return Object.hasOwn(exported, 'default') ? (exported as { default: unknown }).default : exported
}

function nothing(file: string, what: string, hint?: string): { scenarios: [] } {
  complain({ file }, what, hint)
  return { scenarios: [] }
}

function projectOf(file: string, exported: unknown): Omit<LoadedFile, 'file'> {
  if (isProject(exported)) return { scenarios: [], project: exported }
  return exported === unusable
    ? { scenarios: [] }
    : nothing(file, 'its default export is no config', 'make it with defineConfig({…})')
}

const isProjectFile = (file: string): boolean => projectFiles.includes(basename(file))

/** What the id of a scenario's checks begins with: its mesh, or the collection that bug files are. */
export function groupOf({ mesh, bug }: Pick<Scenario, 'mesh' | 'bug'>): string {
  return bug === undefined ? mesh : bugGroup
}

/** The part of a check id that names the scenario's file: its name without the ending. */
export function fileId({ location }: Pick<Scenario, 'location'>): string {
  return basename(location.file).replace(/\.[cm]?[jt]s$|\.ya?ml$/, '')
}
