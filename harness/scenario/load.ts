import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asHarnessError, HarnessError, inputError } from '../core/errors.ts'
import type { Scenario } from './scenario.ts'

/**
 * Loads every scenario of a file, or of each `*.ts` file below a folder, in the order of their paths.
 * @throws HarnessError (`input`) if a path does not exist, or a file does not load or exports no scenario.
 */
export async function loadScenarios(path: string): Promise<Scenario[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw inputError(path, 'no such file or folder')
  if (!found.isDirectory()) return loadFile(resolve(path))
  const names = await readdir(path, { recursive: true })
  const files = names.filter((name) => /(?<!\.d)\.[cm]?[jt]s$/.test(name)).sort()
  const loaded = await Promise.all(files.map((name) => loadFile(resolve(join(path, name)))))
  return loaded.flat()
}

async function loadFile(file: string): Promise<Scenario[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href).catch((error: unknown) => {
    const known = asHarnessError(error)
    throw known.fault === 'input' ? known : new HarnessError('input', `${file}: does not load: ${known.message}`, { cause: error })
  })
  const exported = module['default']
  const scenarios = Array.isArray(exported) ? exported : [exported]
  if (scenarios.length === 0 || !scenarios.every(isScenario))
    throw inputError(file, 'its default export must be a scenario or a list of scenarios')
  return scenarios
}

function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && 'flows' in value && 'rules' in value
}

/** The part of a check id that names the scenario's file: its name without the ending. */
export function fileId({ location }: Pick<Scenario, 'location'>): string {
  return basename(location.file).replace(/\.[cm]?[jt]s$|\.ya?ml$/, '')
}
