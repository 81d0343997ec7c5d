import { type Family, families } from '../core/address.ts'
import { inputError } from '../core/errors.ts'
import { findMesh, newestRelease } from '../mesh/index.ts'
import type { ProfileRequest } from '../mesh/mesh.ts'
import type { Profile } from '../mesh/profile.ts'
import { describeProxy, type ProxyReason } from '../report/describing/proxy.ts'
import type { SourceOptions } from '../source/parse.ts'
import type { RuleSource } from '../source/source.ts'
import { isStandardPath } from '../sys/read-text.ts'
import { callerDirectory, fromCaller } from './caller.ts'
import type { ConfigInput } from './config.ts'
import { usual } from './explain-flow.ts'
import { count, flag, optional } from './option.ts'

/** A mesh, and perhaps one release of it. */
export interface MeshChoice {
  name: string
  release?: string
}

/** What a caller may have to say of a captured text. */
export const snapshotOption = {
  snapshot: optional('N', 'which snapshot of a table, or which pod, is read, where a file: has several (default: the last)', count),
  complete: flag('reads a file: in which something is missing, and says what is assumed in its place'),
}

export const captureOptions = {
  family: optional('ipv4|ipv6', 'whose rules a file: holds that does not tell; and the family of pod:PORT and lo:PORT', family),
  ...snapshotOption,
}

function family(text: string): Family {
  const found = families.find((known) => known === text)
  if (found === undefined) throw new TypeError(`'${text}' is none of ${families.join(', ')}`)
  return found
}

/**
 * Reads `--mesh NAME[@RELEASE]`.
 * @throws HarnessError (`input`) if no such mesh or release is known.
 */
export function readMesh(text: string): MeshChoice {
  const [name = '', release, ...rest] = text.split('@')
  if (rest.length > 0 || release === '') throw inputError('--mesh', `'${text}' is not NAME[@RELEASE]`)
  const mesh = findMesh(name)
  if (release !== undefined) mesh.profile(release)
  return release === undefined ? { name } : { name, release }
}

/** For the commands that take `--rules`. */
export const cleanEnv = flag('with --rules exec:COMMAND, keeps your environment from it: PATH, HOME, LANG and TMPDIR remain')

/** What messages call `family` in `--config`. */
export const familyOfConfig = "--config's family"

/** Whether `--rules` says that the rules come by standard input. */
export const isStandardInput = (rules: string | undefined): boolean =>
  rules?.startsWith('file:') === true && isStandardName(rules.slice('file:'.length))

const isStandardName = (name: string): boolean => name === '-' || isStandardPath(fromCaller(name))

/** Standard input can be read once. @throws HarnessError (`input`) where rules and config would both be read from it. */
export function refuseSharedInput({ rules, config }: { rules?: string | undefined; config?: string | undefined }): void {
  if (isStandardInput(rules) && config !== undefined && isStandardName(config))
    throw inputError('--config', 'standard input holds the rules already', 'write --config FILE, or --rules file:PATH')
}

/**
 * Reads `--rules SRC`.
 * @param options what the caller says of a captured text, and of a program that is run.
 * @throws HarnessError (`input`) if it is no source, or its file does not exist or holds no rules.
 */
export async function readSource(text: string, options: SourceOptions = {}): Promise<RuleSource> {
  const { parseSource } = await import('../source/parse.ts')
  return parseSource(text, callerDirectory, options)
}

/** What options say of the rules that are to be loaded. */
interface GivenSource {
  rules?: string | undefined
  snapshot?: number | undefined
  complete: boolean
  'clean-env': boolean
}

/** Nobody can load a rule of which the text does not say all. @throws HarnessError (`input`) naming the lines. */
export function requireWhole({ capture, id }: RuleSource): void {
  const [first, ...others] = capture?.unsaid ?? []
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  throw inputError(
    `${capture?.name ?? id}, ${first.slice(0, first.indexOf(':'))}${more}`,
    `a listing does not say all of a rule (${first.slice(first.indexOf(':') + 2)}), so it cannot be loaded`,
    'capture iptables-save, or say --complete: what is not said is then not asked for',
  )
}

/** The same, where it may be left out; `family` of `--config` says whose rules a captured text holds that does not tell. */
export async function readGivenSource(
  { rules, snapshot, complete, 'clean-env': cleanEnv }: GivenSource,
  config: ConfigInput | undefined,
): Promise<RuleSource | undefined> {
  if (rules !== undefined) {
    const source = await readSource(rules, { family: config?.family, familyBy: familyOfConfig, snapshot, complete, cleanEnv })
    requireWhole(source)
    return source
  }
  if (complete) throw inputError('--complete', 'no text is given', 'add --rules file:PATH')
  if (snapshot !== undefined) throw inputError('--snapshot', 'no text is given', 'add --rules file:PATH')
  if (cleanEnv) throw inputError('--clean-env', 'no program is run', 'add --rules exec:COMMAND')
  return undefined
}

/** Whose proxy is there, and why: what `--mesh` says, or what the rules are built for. */
export function chooseProfile(
  mesh: MeshChoice | undefined,
  source: RuleSource,
  config: ConfigInput | undefined,
): { profile: Profile; reason: ProxyReason } {
  const request = requestOf(config)
  if (mesh === undefined && source.profile !== undefined) return { profile: source.profile(request), reason: '--rules' }
  const found = findMesh(mesh?.name ?? config?.mesh ?? 'osm')
  const reason = mesh !== undefined ? '--mesh' : config?.mesh !== undefined ? '--config' : 'assumed'
  return { profile: found.profile(mesh?.release ?? newestRelease(found), request), reason }
}

const requestOf = ({ config = {}, podAnnotations = {}, podIPs = Object.values(usual.pod) }: Partial<ConfigInput> = {}): ProfileRequest => ({
  config,
  podAnnotations,
  podIPs,
})

/** What the verdicts of a run rest on, where its rules are not built in: a line each. */
export function premisesOf(mesh: MeshChoice | undefined, source: RuleSource | undefined, config: ConfigInput | undefined): string[] {
  if (source === undefined || source.profile !== undefined) return []
  const { profile, reason } = chooseProfile(mesh, source, config)
  return [describeProxy(profile, reason), ...(source.capture?.notes ?? [])]
}

/** Lines of a captured text that are no rules: for whoever asks for all. */
export function passedOverLines(source: RuleSource | undefined): string[] {
  return (source?.capture?.passedOver ?? []).map(({ line, text }) => `  line ${line}: ${text.trim().slice(0, 200)}`)
}
