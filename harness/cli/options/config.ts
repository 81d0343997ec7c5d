import * as v from 'valibot'
import { familyOf } from '../../core/address.ts'
import { inputIssues } from '../../core/errors.ts'
import { parseJson } from '../../core/plain-data.ts'
import { isObject, object, problemsOf, word, words } from '../../input/fields.ts'
import { nearestName } from '../../input/nearest-name.ts'
import { yamlText } from '../../input/yaml-text.ts'
import { readStream, readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'

const address = v.pipe(
  v.string(),
  v.check((text) => familyOf(text) !== undefined, 'not an IP address'),
)

const entries = {
  schema: v.optional(word('sidetrack.config/1')),
  mesh: v.optional(v.string()),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
  podAnnotations: v.optional(v.record(v.string(), v.string()), {}),
  podIPs: v.optional(v.array(address)),
  family: v.optional(words(['ipv4', 'ipv6'])),
}
const names = Object.keys(entries)
/** `sidetrack.config/1` as `--config` takes it. */
export const configSchema = v.object(entries)

/** What `--config` says: `sidetrack.config/1` with its optional parts left out. */
export type ConfigInput = v.InferOutput<typeof configSchema>

/** Endings of files that hold a config. */
export const configFile = /\.(?:json|ya?ml)$/
const largestYaml = 1024 * 1024

/**
 * Reads `--config FILE`, JSON or, by its ending, YAML; or JSON on standard input for `-`, which can be done once.
 * @throws HarnessError (`input`) naming the file and the field.
 */
export async function readConfig(name: string | undefined): Promise<ConfigInput> {
  if (name === undefined) return { config: {}, podAnnotations: {} }
  const where = name === '-' ? 'standard input' : name
  const text = name === '-' ? await readStream(process.stdin, where) : readText(fromCaller(name), name)
  // Editors on Windows begin a file with a byte order mark.
  const given = /\.ya?ml$/.test(where)
    ? yamlText(where, text, largestYaml)
    : parseJson(where, text.replace(/^\uFEFF/, ''))
  const problems = problemsOf(object(entries), given)
  if (problems.length > 0) {
    const hint = hintFor(given)
    const issues = problems.slice(0, 50).map((what) => ({ file: where, what }))
    throw inputIssues(issues.map((issue, at) => (hint && at === issues.length - 1 ? { ...issue, hint } : issue)))
  }
  return v.parse(configSchema, given)
}

/** Where somebody writes the mesh's options alone, as its own config file has them. */
function hintFor(given: unknown): string | undefined {
  if (!isObject(given) || Object.hasOwn(given, 'config')) return undefined
  const foreign = Object.keys(given).find((name) => !Object.hasOwn(entries, name) && !nearestName(name, names))
  return foreign && `the mesh's options go into 'config': {"config": {${JSON.stringify(foreign.slice(0, 60))}: …}}`
}
