import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { HarnessError, inputError, inputIssues } from '../../core/errors.ts'
import { fieldOf, lineOfField, optionsOf, projectFiles, type ProjectConfig } from '../../scenario/project.ts'
import { readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import type { Given } from '../command/option.ts'
import { printStderr } from '../command/output.ts'
import { isId } from './selection.ts'

/** What a project file says for one command. */
export interface Project {
  /** Texts of options that the call does not give. */
  options: Given
  /** What it names in place of scenarios. */
  positionals: readonly string[]
  /** Where its own scenarios are, which a call may name by what `list` shows. */
  scenarios: readonly string[]
  /** Where it is written, or would be, and what it imports; absolute. */
  madeFrom: readonly string[]
  /** Says in which of its fields the cause of an error stands, if it does. */
  place: (error: unknown) => unknown
}

/**
 * Reads `sidetrack.config.ts` where Sidetrack is called, if there is one, in a process of its own, and says what it
 * takes from it.
 * @param names the options that the command takes from a project. @param given those that the call gives itself.
 * @param positionalArguments of the call: ids of checks alone name no scenarios.
 * @throws HarnessError (`input`) with all that is wrong with it.
 */
export async function readProject(
  names: readonly string[],
  given: Given,
  positionalArguments: readonly string[],
): Promise<Project> {
  const places = projectFiles.map(fromCaller)
  const [file, second] = places.filter((path) => existsSync(path))
  if (file === undefined) {
    refuseOthers()
    return { options: new Map(), positionals: [], scenarios: [], madeFrom: places, place: (error) => error }
  }
  if (second !== undefined)
    throw inputError(basename(second), `there is a ${basename(file)} as well`, 'leave one of them')
  const { loadApart } = await import('../scenario-process/load.ts')
  const { files, issues, madeFrom } = await loadApart([file])
  if (issues.length > 0) throw inputIssues(issues)
  const config: ProjectConfig = files[0]?.project ?? {}
  const options = new Map([...optionsOf(config)].filter(([name]) => names.includes(name) && !given.has(name)))
  const scenarios = [config.scenarios ?? []].flat()
  const positionals = names.includes('scenarios') && positionalArguments.every(isId) ? scenarios : []
  const shown = [
    ...positionals,
    ...[...options].flatMap(([name, texts]) => texts.map((text) => `--${name} ${text}`.trim())),
  ]
  if (shown.length > 0) printStderr(`${basename(file)}: ${shown.join(' ')}\n`)
  const said = new Map([...options, ['scenarios', positionals] as const])
  return {
    options,
    positionals,
    scenarios,
    madeFrom: [...places, ...Object.values(madeFrom.imports).flat(), ...madeFrom.reads],
    place: (error) => placed(error, file, said),
  }
}

/** @param said options, with the texts that the file gives them. */
function placed(error: unknown, file: string, said: Given): unknown {
  if (!(error instanceof HarnessError) || error.fault !== 'input' || error.issues.length > 0) return error
  const { message, hint } = error
  for (const [option, texts] of said) {
    const start = [`--${option}: `, ...texts.flatMap((text) => [`--${option} ${text}: `, `${text}: `])].find((start) =>
      message.startsWith(start),
    )
    if (start === undefined) continue
    const line = lineOfField(readText(file, basename(file)), fieldOf(option))
    const what = message.slice(
      start === `--${option}: ` ? start.length : start.startsWith('--') ? option.length + 3 : 0,
    )
    return inputIssues([{ file, line, what: `${fieldOf(option)}: ${what}`, ...(hint !== undefined && { hint }) }])
  }
  return error
}

/** A file of another kind would be passed over in silence. */
function refuseOthers(): void {
  const found = ['json', 'jsonc', 'yaml', 'yml', 'toml', 'cts', 'tsx']
    .map((ending) => `sidetrack.config.${ending}`)
    .find((name) => existsSync(fromCaller(name)))
  if (found !== undefined)
    throw inputError(found, 'no project file has this ending', `write ${projectFiles.join(', ')}`)
}
