import { type Dirent, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { families, familyOf, type Family } from '../../core/address.ts'
import { asHarnessError, HarnessError, inputError } from '../../core/errors.ts'
import { type GateConfig, nameOf } from '../../gate/compared/config.ts'
import { type Generated, generateConfigs } from '../../gate/compared/generated-configs.ts'
import { findMesh, isBuiltIn, newestRelease } from '../../mesh/index.ts'
import { plural } from '../../core/plural.ts'
import { hasAny } from '../../run/plan/without.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { fromCaller } from '../command/caller.ts'
import { configFile, type ConfigInput, readConfig } from '../options/config.ts'
import type { MeshChoice } from '../options/mesh.ts'

/** How many files a folder may have, and how many folders below it. */
const [mostFiles, mostFolders] = [1000, 1000]
/** Where the chance of generated configs begins, if nobody says. */
export const ordinarySeed = 1

export interface ChosenConfigs {
  configs: readonly GateConfig[]
  generated?: { seed: number; pairs: Generated['pairs'] }
  /** What is left out, in a line. */
  notices: readonly string[]
  /** Whether they are the suite's, so that its scenarios can be sent as well. */
  isSuite: boolean
}

interface Choice {
  config: string | undefined
  /** What that file holds: standard input is read once. */
  given: ConfigInput | undefined
  configs: string | undefined
  seed: number | undefined
  without: ReadonlySet<string> | undefined
  mesh: MeshChoice
  /** One config is all that there can be: a side's rules were made from one. */
  isFixed: boolean
  scenarios: () => Promise<readonly Scenario[]>
}

/**
 * Which configs both sides are asked for.
 * @throws HarnessError (`input`) with all that is wrong with files.
 */
export async function chooseConfigs(choice: Choice): Promise<ChosenConfigs> {
  const chosen = leavingOut(choice.without ?? new Set(), await configsOf(choice))
  if (chosen.configs.length > 0) return chosen
  throw inputError('--without', 'no config is left to compare by', 'give configs without these options')
}

async function configsOf({
  config,
  given = { config: {}, podAnnotations: {} },
  configs,
  seed,
  without = new Set(),
  mesh,
  isFixed,
  scenarios,
}: Choice): Promise<ChosenConfigs> {
  if (config !== undefined && configs !== undefined)
    throw inputError('--configs', '--config says which one', 'give one of the two')
  const isGenerated = configs !== undefined && /^generated(=|$)/.test(configs)
  if (seed !== undefined && !isGenerated)
    throw inputError('--seed', 'nothing is left to chance', 'add --configs generated')
  if (configs !== undefined && isFixed)
    throw inputError('--configs', 'rules in a file were made from one config', 'say which by --config FILE')
  if (configs !== undefined && isGenerated) return generatedFor(configs, mesh, seed ?? ordinarySeed, without)
  if (configs !== undefined) return { configs: await readFolder(configs), isSuite: false, notices: [] }
  if (config !== undefined || isFixed)
    return { configs: [asConfig(given, config && basename(config))], isSuite: isFixed, notices: [] }
  const own = new Map(
    (await scenarios()).flatMap((scenario) => configOf(scenario, mesh.name)).map((found) => [found.name, found]),
  )
  const all = own.size > 0 ? [...own.values()] : [{ name: 'default', config: {}, podAnnotations: {} }]
  return { configs: all, isSuite: own.size > 0, notices: [] }
}

function leavingOut(without: ReadonlySet<string>, chosen: ChosenConfigs): ChosenConfigs {
  if (without.size === 0 || chosen.generated !== undefined) return chosen
  const kept = chosen.configs.filter((config) => hasAny(without, config) === undefined)
  const left = chosen.configs.length - kept.length
  const notice = `left out, since a builder does not have these options: ${plural(left, 'config')}: ${[...without]
    .map((name) => `${name} (${chosen.configs.filter((config) => hasAny(without, config) === name).length})`)
    .join(', ')}`
  return { ...chosen, configs: kept, notices: [notice] }
}

function generatedFor(
  text: string,
  { name, release }: MeshChoice,
  seed: number,
  without: ReadonlySet<string>,
): ChosenConfigs {
  const count = /^generated=([1-9]\d{0,4})$/.exec(text)?.[1]
  if (text !== 'generated' && count === undefined)
    throw inputError('--configs', `'${text}' is not generated or generated=N`)
  const mesh = findMesh(name)
  if (!isBuiltIn(mesh))
    throw inputError('--configs', `the options of ${mesh.title} are not known here`, 'write --configs DIR')
  const most = count === undefined ? {} : { most: Number(count) }
  const { configs, pairs } = generateConfigs(mesh, release ?? newestRelease(mesh), { without, seed, ...most })
  const notices = without.size === 0 ? [] : [`generated without ${[...without].join(', ')}`]
  return { configs, generated: { seed, pairs }, notices, isSuite: false }
}

async function readFolder(name: string): Promise<GateConfig[]> {
  const files = configFilesIn(name)
  if (files.length === 0)
    throw inputError('--configs', `${name} has no config`, 'configs are files that end with .json, .yaml or .yml')
  const read = await Promise.allSettled(files.map(async (file) => asConfig(await readConfig(join(name, file)), file)))
  const wrong = read.flatMap((result) => (result.status === 'rejected' ? [asHarnessError(result.reason)] : []))
  const [first] = wrong
  if (first !== undefined)
    throw wrong.length === 1 ? first : new HarnessError('input', wrong.map(({ line }) => line).join('\n'))
  const configs = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const names = configs.map((config) => config.name)
  const at = names.findIndex((one, index) => names.indexOf(one) < index)
  if (at === -1) return configs
  const other = files[names.indexOf(names[at] ?? '')]
  throw inputError('--configs', `${other} and ${files[at]} would both be called ${names[at]}`, 'rename one of them')
}

/** Those in the folder and below it, but for hidden folders and those of packages. */
function configFilesIn(name: string): string[] {
  const folders = ['']
  const files: string[] = []
  for (const folder of folders) {
    if (folders.length > mostFolders)
      throw inputError(
        '--configs',
        `${name} has more than ${mostFolders} folders below it`,
        'name one that holds configs alone',
      )
    for (const entry of entriesOf(join(name, folder))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!/^\.|^node_modules$/.test(entry.name)) folders.push(path)
      } else if (configFile.test(path)) files.push(path)
    }
  }
  if (files.length <= mostFiles) return files.sort()
  throw inputError('--configs', `${name} has ${files.length} files, and ${mostFiles} are the most`)
}

function entriesOf(name: string): Dirent[] {
  try {
    return readdirSync(fromCaller(name), { withFileTypes: true })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const what = { ENOENT: 'is not there', ENOTDIR: 'is no folder' }[code] ?? `cannot be read (${code})`
    throw inputError('--configs', `${name} ${what}`, 'name a folder of configs, or generated[=N]')
  }
}

/** A file's config is called as the file is. */
function asConfig({ config, podAnnotations, podIPs }: ConfigInput, file: string | undefined): GateConfig {
  const own = podIPs?.flatMap((address) => familyOf(address) ?? [])
  const made = { config, podAnnotations, ...(own && own.length > 0 && { podIPs: [...new Set(own)] }) }
  const name = file?.replace(configFile, '')
  return { name: name === undefined || name === '-' ? nameOf(made) : name.replace(/[^\w.-]+/g, '-'), ...made }
}

function configOf({ mesh, rules, podIPs }: Scenario, name: string): GateConfig[] {
  if (mesh !== name || rules.kind !== 'config') return []
  const { config, podAnnotations } = rules
  const isPlain = podIPs.join() === families.join()
  const made = { config, podAnnotations, ...(!isPlain && { podIPs: podIPs as readonly Family[] }) }
  return [{ name: nameOf(made), ...made }]
}
