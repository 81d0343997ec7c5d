import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { families, familyOf, type Family } from '../../core/address.ts'
import { asHarnessError, HarnessError, inputError } from '../../core/errors.ts'
import { type GateConfig, nameOf } from '../../gate/compared/config.ts'
import { type Generated, generateConfigs } from '../../gate/compared/generated-configs.ts'
import { findMesh, isBuiltIn, newestRelease } from '../../mesh/index.ts'
import { plural } from '../../core/plural.ts'
import { hasAny } from '../../run/plan/without.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { fromCaller } from '../command/caller.ts'
import { type ConfigInput, readConfig } from '../options/config.ts'
import type { MeshChoice } from '../options/mesh.ts'

/** How many files a folder may have. */
const mostFiles = 1000
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
export async function chooseConfigs({
  config,
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
  if (configs !== undefined)
    return leavingOut(without, { configs: await readFolder(configs), isSuite: false, notices: [] })
  if (config !== undefined || isFixed)
    return { configs: [asConfig(await readConfig(config), config)], isSuite: isFixed, notices: [] }
  const own = new Map(
    (await scenarios()).flatMap((scenario) => configOf(scenario, mesh.name)).map((found) => [found.name, found]),
  )
  const all = own.size > 0 ? [...own.values()] : [{ name: 'default', config: {}, podAnnotations: {} }]
  return leavingOut(without, { configs: all, isSuite: own.size > 0, notices: [] })
}

function leavingOut(without: ReadonlySet<string>, chosen: ChosenConfigs): ChosenConfigs {
  const kept = chosen.configs.filter((config) => hasAny(without, config) === undefined)
  const left = chosen.configs.length - kept.length
  const notice = `left out, since a builder does not have these options: ${plural(left, 'config')}: ${[...without]
    .map((name) => `${name} (${chosen.configs.filter((config) => hasAny(without, config) === name).length})`)
    .join(', ')}`
  return { ...chosen, configs: kept, notices: without.size === 0 ? [] : [notice] }
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
  const folder = fromCaller(name)
  let files: string[]
  try {
    files = readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const what = { ENOENT: 'is not there', ENOTDIR: 'is no folder' }[code] ?? `cannot be read (${code})`
    throw inputError('--configs', `${name} ${what}`, 'name a folder of configs, or generated[=N]')
  }
  if (files.length === 0) throw inputError('--configs', `${name} has no .json file`, 'configs are JSON files')
  if (files.length > mostFiles)
    throw inputError('--configs', `${name} has ${files.length} files, and ${mostFiles} are the most`)
  const read = await Promise.allSettled(files.map(async (file) => asConfig(await readConfig(join(name, file)), file)))
  const wrong = read.flatMap((result) => (result.status === 'rejected' ? [asHarnessError(result.reason)] : []))
  const [first] = wrong
  if (first !== undefined)
    throw wrong.length === 1 ? first : new HarnessError('input', wrong.map(({ line }) => line).join('\n'))
  return read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** A file's config is called as the file is. */
function asConfig({ config, podAnnotations, podIPs }: ConfigInput, file: string | undefined): GateConfig {
  const own = podIPs?.flatMap((address) => familyOf(address) ?? [])
  const made = { config, podAnnotations, ...(own && own.length > 0 && { podIPs: [...new Set(own)] }) }
  const name = file?.replace(/^.*\//, '').replace(/\.json$/, '')
  return { name: name === undefined || name === '-' ? nameOf(made) : name.replace(/[^\w.-]+/g, '-'), ...made }
}

function configOf({ mesh, rules, podIPs }: Scenario, name: string): GateConfig[] {
  if (mesh !== name || rules.kind !== 'config') return []
  const { config, podAnnotations } = rules
  const isPlain = podIPs.join() === families.join()
  const made = { config, podAnnotations, ...(!isPlain && { podIPs: podIPs as readonly Family[] }) }
  return [{ name: nameOf(made), ...made }]
}
