import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { inputError, inputIssues, type Issue } from '../../core/errors.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { isBuiltIn, meshes, newestRelease } from '../../mesh/index.ts'
import type { Profile } from '../../mesh/profile.ts'
import { bugFiles, isBugFile, loadBugs } from '../../scenario/bugs/load-bugs.ts'
import { conformanceName, conformanceOf } from '../../scenario/conformance.ts'
import { fileId, type Loaded, scenarioFiles } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { fromCaller, program, toCaller } from '../command/caller.ts'
import { flag } from '../command/option.ts'
import { loadApart } from '../scenario-process/load.ts'

/** What SCENARIO may be, for help. */
export const scenarioArguments =
  'SCENARIO is a file, a folder, FILE:LINE, the file name or title of one that `list` shows, or conformance: what any mesh promises.'

const suite = join(import.meta.dirname, '../../../scenarios')

/** Bug files are data, which are not compiled: an installed package has them beside its `dist`. */
const corpus = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../../..' : '../../../..',
  'scenarios/bugs',
)

/** For commands that take scenarios, or bug files in their place. */
export const bugsOption = flag('the corpus of bug files in place of scenarios: each of them, or those that are named')

/**
 * The two scenarios of each bug file that arguments name: a file, a folder of them, or one of Sidetrack's own by its
 * name, with `bugs/` before it or not. Without arguments, all of Sidetrack's own.
 * @throws HarnessError (`input`) if an argument names none, or with all that is wrong with any of the files.
 */
export async function selectBugs(names: readonly string[]): Promise<Scenario[]> {
  const own = await bugFiles(corpus)
  const named = await Promise.all(
    names.map(async (name) => {
      if (await exists(fromCaller(name))) return bugFiles(fromCaller(name), name)
      const called = own.filter((file) => name.replace(/^bugs\//, '') === nameOfFile(file))
      if (called.length > 0) return called
      throw inputError(
        name,
        'no such file or folder, and no bug file of that name',
        didYouMean(name, own.map(nameOfFile)) ?? `'${program} list --bugs' shows Sidetrack's own`,
      )
    }),
  )
  return loadBugs([...new Set(names.length === 0 ? own : named.flat())])
}

const nameOfFile = (file: string): string => fileId({ location: { file, line: 1 } })

/**
 * A bug file has its own promises, rules and config. @throws HarnessError (`input`) naming the option that would take
 * their place.
 */
export function refuseBesideBugs(values: Readonly<Record<(typeof replaced)[number], unknown>>): void {
  const given = replaced.find(
    (name) => ![undefined, false].includes(values[name] as never) && !isDeepStrictEqual(values[name], []),
  )
  if (given !== undefined)
    throw inputError(`--${given}`, 'a bug file has its own mesh and rules', 'leave it out, or --bugs')
}

const replaced = ['mesh', 'rules', 'config', 'snapshot', 'complete', 'clean-env', 'without', 'init-image'] as const

interface Options {
  profile?: Profile | undefined
  load?: ((files: readonly string[]) => Promise<Loaded>) | undefined
  project?: readonly string[]
}

/** The files that an argument names, and which of their scenarios it selects. */
interface Selection {
  files: readonly string[]
  choose(scenarios: readonly Scenario[]): readonly Scenario[]
}

/**
 * The scenarios that arguments name: a file or folder, FILE:LINE for the scenario that stands there, or one of the
 * project's, else of Sidetrack's own, by its file's name or its title, the mesh's name before it or not
 * (`osm/loopback`); `conformance` is the generic set. Without arguments, all of Sidetrack's own, and the generic set for
 * a mesh that none of these is about.
 * @param options `profile`: whose promises are held, where that is one mesh's; `load` loads files; `project`: where a
 * project's own scenarios are.
 * @returns what is wrong with some of the files besides, if there is anything in the others.
 * @throws HarnessError (`input`) if an argument names none, or with all that is wrong with the files where that is all
 * there is.
 */
export async function selectScenarios(
  names: readonly string[],
  { profile, load = loadApart, project = [] }: Options = {},
): Promise<{ scenarios: Scenario[]; broken: readonly Issue[] }> {
  const selections = await Promise.all(
    names.length === 0 ? [ownSuite()] : names.map((name) => selection(name, profile, project)),
  )
  const files = [...new Set(selections.flatMap(({ files }) => files))]
  const { files: right, issues: broken } = await load(files)
  const loaded = new Map(right.map(({ file, scenarios }) => [file, scenarios]))
  const selected = new Map<string, Scenario>()
  for (const { files, choose } of selections) {
    if (files.length > 0 && !files.some((file) => loaded.has(file))) continue
    for (const scenario of choose(files.flatMap((file) => loaded.get(file) ?? [])))
      selected.set(`${scenario.mesh}:${scenario.location.file}:${scenario.location.line}:${scenario.title}`, scenario)
  }
  const found = [...selected.values()]
  if (broken.length > 0 && found.length === 0) throw inputIssues(broken)
  const isWithout = names.length === 0 && profile !== undefined && found.every(({ mesh }) => mesh !== profile.mesh)
  return { scenarios: isWithout ? [...found, ...conformanceOf(profile)] : found, broken }
}

/** The folders of which arguments select every file, those of later included; absolute. */
export function selectedFolders(names: readonly string[], bugs: boolean): string[] {
  if (names.length === 0) return [bugs ? corpus : suite]
  return names.map(fromCaller).filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false)
}

async function ownSuite(): Promise<Selection> {
  return { files: await scenarioFiles(suite), choose: (scenarios) => scenarios }
}

async function selection(name: string, profile: Profile | undefined, project: readonly string[]): Promise<Selection> {
  if (isBugFile(name)) throw inputError(name, 'is a bug file by its name', 'add --bugs')
  if (await exists(fromCaller(name)))
    return { files: await scenarioFiles(fromCaller(name), name), choose: (scenarios) => scenarios }
  const [, file, line] = /^(.+):(\d+)$/.exec(name) ?? []
  if (file !== undefined && (await exists(fromCaller(file))))
    return {
      files: await scenarioFiles(fromCaller(file), file),
      choose: (scenarios) => atLine(scenarios, name, Number(line)),
    }
  if (name === conformanceName)
    return { files: [], choose: () => (profile === undefined ? builtIn() : [profile]).flatMap(conformanceOf) }
  const near = new Set((await Promise.all(project.map((path) => scenarioFiles(fromCaller(path), path)))).flat())
  const { files } = await ownSuite()
  const named = files.filter((file) => ownNamesOf(file).includes(name))
  return {
    files: [...near, ...(named.length > 0 ? named : files)],
    choose: (scenarios) => called(scenarios, name, near),
  }
}

/**
 * What one of Sidetrack's own files is called, whose folder is its mesh's. None of its scenarios has the name of another
 * file for its title, so that the others need not be loaded, which takes longer than to run one.
 */
const ownNamesOf = (file: string): string[] => [nameOfFile(file), `${basename(dirname(file))}/${nameOfFile(file)}`]

/** The promises of the built-in meshes' newest releases. */
const builtIn = (): Profile[] => [...meshes.values()].filter(isBuiltIn).map((mesh) => mesh.profile(newestRelease(mesh)))

/** @param near files whose scenarios are meant where some of them have the name. */
function called(scenarios: readonly Scenario[], name: string, near: ReadonlySet<string>): Scenario[] {
  const found = scenarios.filter((scenario) => namesOf(scenario).includes(name))
  if (found.length === 0) {
    const hint = didYouMean(name, scenarios.flatMap(namesOf))
    const list = `'${program} list' shows ${near.size > 0 ? 'those there are' : "Sidetrack's own"}`
    throw inputError(name, 'no such file or folder, and no scenario of that name', hint ? `${hint} ${list}` : list)
  }
  const own = found.filter(({ location }) => near.has(location.file))
  return own.length > 0 ? own : found
}

const namesOf = (scenario: Scenario): string[] =>
  [fileId(scenario), scenario.title].flatMap((name) => [name, `${scenario.mesh}/${name}`])

function atLine(scenarios: readonly Scenario[], name: string, line: number): Scenario[] {
  const found = scenarios
    .filter(({ location }) => location.line <= line)
    .sort((a, b) => b.location.line - a.location.line)[0]
  if (found === undefined)
    throw inputError(name, 'no scenario stands there', `the first is at line ${scenarios[0]?.location.line}`)
  return [found]
}

/** @throws HarnessError (`input`) where nobody may look. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw inputError(toCaller(path), 'may not be read')
    return false
  }
}
