import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { callSite, type Location } from '../input/call-site.ts'
import { list, object, problemsOf, shown, text, timeout, whole, words, yesOrNo } from '../input/fields.ts'
import { complain, unusable } from '../input/issues.ts'

/** What a project file may be called; it lies where Sidetrack is called. */
export const projectFiles = ['ts', 'mts', 'js', 'mjs', 'cjs'].map((ending) => `sidetrack.config.${ending}`)

const texts = v.union([text, list(text)], ({ input }) => `${shown(input)} is neither a text nor a list of texts`)

/** Each field is the option of `sidetrack run` of that name, in camel case, for calls that do not give it. */
const entries = {
  scenarios: v.optional(texts),
  mesh: v.optional(text),
  rules: v.optional(text),
  config: v.optional(text),
  cleanEnv: v.optional(yesOrNo),
  without: v.optional(texts),
  expectedFailures: v.optional(text),
  iptables: v.optional(words(['nft', 'legacy', 'all'])),
  family: v.optional(words(['ipv4', 'ipv6', 'all'])),
  sandbox: v.optional(words(['namespaces', 'container'])),
  image: v.optional(texts),
  initImage: v.optional(text),
  envoy: v.optional(text),
  jobs: v.optional(whole(1, 999_999)),
  timeout: v.optional(timeout),
  keepEvidence: v.optional(words(['on-failure', 'always', 'never'])),
  evidenceFolder: v.optional(text),
  reporter: v.optional(texts),
}

const projectSchema = object(entries)

/** What a project of one's own says once, in place of options in every call. */
export interface ProjectConfig {
  /** What runs and is listed where a call names no scenario: files and folders. */
  scenarios?: string | readonly string[]
  /** Whose promises are held: `istio`, `osm@1.2`, or a file with a profile of one's own, such as `./my-mesh.json`. */
  mesh?: string
  /** Whose rules run: `exec:./my-builder`, `file:rules.txt`, … */
  rules?: string
  /** The config that a `file:` was made from. */
  config?: string
  /** Keeps the environment from an `exec:` builder. */
  cleanEnv?: boolean
  /** Options of the mesh's config that the builder does not have. */
  without?: string | readonly string[]
  /** A file that lists checks that may fail. */
  expectedFailures?: string
  iptables?: 'nft' | 'legacy' | 'all'
  family?: 'ipv4' | 'ipv6' | 'all'
  sandbox?: 'namespaces' | 'container'
  image?: string | readonly string[]
  initImage?: string
  envoy?: string
  jobs?: number
  /** Milliseconds within which the checks of a pod have their verdicts, where the scenario says nothing else. */
  timeout?: number
  keepEvidence?: 'on-failure' | 'always' | 'never'
  evidenceFolder?: string
  reporter?: string | readonly string[]
}

/** Where a field stands: what a problem with it begins with. By default where the config begins. */
function lineOf({ file, line }: Location, problem: string): number {
  try {
    return lineOfField(readFileSync(file, 'utf8'), /^\w*/.exec(problem)?.[0] ?? '', line)
  } catch {
    return line
  }
}

/** The line of a field in the text of a project file. @param from where the config begins. */
export function lineOfField(source: string, field: string, from = 1): number {
  const lines = source.split('\n')
  const found = lines.findIndex(
    (line, index) => index >= from - 1 && new RegExp(`(?<![\\w.])${field}['"]?\\s*[:,]`).test(line),
  )
  return field === '' || found === -1 ? from : found + 1
}

const projects = new WeakSet<object>()

/**
 * What `sidetrack.config.ts` exports by default.
 * @throws HarnessError (`input`) naming file and line of all that does not fit.
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  const location = callSite()
  const problems = problemsOf(projectSchema, config)
  for (const problem of problems) complain({ ...location, line: lineOf(location, problem) }, problem)
  if (problems.length > 0) return unusable
  const own = structuredClone(config)
  projects.add(own)
  return own
}

export const isProject = (value: unknown): value is ProjectConfig =>
  typeof value === 'object' && value !== null && projects.has(value)

/** The field that an option stands for. */
export const fieldOf = (option: string): string => option.replace(/-[a-z]/g, ([, letter = '']) => letter.toUpperCase())

/** A field as the option it stands for, with its texts: `expectedFailures` is `expected-failures`. */
export function optionsOf({ scenarios: _, ...config }: ProjectConfig): ReadonlyMap<string, readonly string[]> {
  const said = Object.entries(config).filter(([, value]) => value !== undefined && value !== false)
  return new Map(
    said.map(([field, value]) => {
      const name = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      return [name, value === true ? [''] : [value].flat().map(String)]
    }),
  )
}
