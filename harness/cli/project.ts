import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { inputError, inputIssues } from '../core/errors.ts'
import { optionsOf, projectFiles, type ProjectConfig } from '../scenario/project.ts'
import { fromCaller } from './caller.ts'
import type { Given } from './option.ts'
import { printStderr } from './output.ts'

/** What a project file says for one command. */
export interface Project {
  /** Texts of options that the call does not give. */
  options: Given
  /** What it names in place of scenarios. */
  positionals: readonly string[]
  /** Where it is written, or would be, and what it imports; absolute. */
  madeFrom: readonly string[]
}

/**
 * Reads `sidetrack.config.ts` where Sidetrack is called, if there is one, in a process of its own, and says what it
 * takes from it.
 * @param names the options that the command takes from a project. @param given those that the call gives itself.
 * @throws HarnessError (`input`) with all that is wrong with it.
 */
export async function readProject(names: readonly string[], given: Given, hasPositionals: boolean): Promise<Project> {
  const places = projectFiles.map(fromCaller)
  const [file, second] = places.filter((path) => existsSync(path))
  if (file === undefined) return { options: new Map(), positionals: [], madeFrom: places }
  if (second !== undefined)
    throw inputError(basename(second), `there is a ${basename(file)} as well`, 'leave one of them')
  const { loadApart } = await import('./scenario-process/load.ts')
  const { files, issues, madeFrom } = await loadApart([file])
  if (issues.length > 0) throw inputIssues(issues)
  const config: ProjectConfig = files[0]?.project ?? {}
  const options = new Map([...optionsOf(config)].filter(([name]) => names.includes(name) && !given.has(name)))
  const positionals =
    names.includes('scenarios') && !hasPositionals && config.scenarios !== undefined ? [config.scenarios].flat() : []
  const said = [
    ...positionals,
    ...[...options].flatMap(([name, texts]) => texts.map((text) => `--${name} ${text}`.trim())),
  ]
  if (said.length > 0) printStderr(`${basename(file)}: ${said.join(' ')}\n`)
  return { options, positionals, madeFrom: [...places, ...Object.values(madeFrom.imports).flat(), ...madeFrom.reads] }
}
