import { readAccountOptions } from './accounts.ts'
import type { SandboxKind } from './sandbox.ts'
import { type Family, families } from '../../core/address.ts'
import { HarnessError, inputError } from '../../core/errors.ts'
import { addMesh, findMesh, meshes, newestRelease } from '../../mesh/index.ts'
import { readOwnMesh } from '../../mesh/own-mesh.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { describeProxy, type ProxyReason } from '../../report/describing/proxy.ts'
import type { SourceOptions } from '../../source/parse.ts'
import type { RuleSource } from '../../source/source.ts'
import { isStandardPath, readText } from '../../sys/read-text.ts'
import { callerDirectory, fromCaller } from '../command/caller.ts'
import type { ConfigInput } from './config.ts'
import { usual } from './flow.ts'
import { count, flag, optional } from '../command/option.ts'

/** A mesh, and perhaps one release of it. */
export interface MeshChoice {
  name: string
  release?: string
  /** The file that it was read from. */
  file?: string
}

/** What rules are made from, for commands that look at one ruleset. */
export const madeFromOption = optional(
  'FILE|-',
  "the config that the rules are made from; its podIPs are the pod's addresses",
  (text) => text,
)

/** Whose proxy is beside rules that may be anybody's. */
export const proxyOption = optional(
  'NAME[@RELEASE]',
  "whose proxy is there: its ports and identity; by default the rules' own",
  readMesh,
)

/** What may have to be said about a captured text. */
export const snapshotOption = {
  snapshot: optional(
    'N',
    'which snapshot of a table, or which pod, is read, where a file: has several (default: the last)',
    count,
  ),
  complete: flag('reads a file: in which something is missing, and says what is assumed in its place'),
}

export const captureOptions = {
  family: optional(
    'ipv4|ipv6',
    'whose rules a file: holds that does not tell; and the family of pod:PORT and lo:PORT',
    family,
  ),
  ...snapshotOption,
}

function family(text: string): Family {
  const found = families.find((known) => known === text)
  if (found === undefined) throw new TypeError(`'${text}' is none of ${families.join(', ')}`)
  return found
}

/**
 * Reads `--mesh NAME[@RELEASE]`, or the name of a file that describes a mesh of one's own.
 * @throws HarnessError (`input`) if no such mesh or release is known.
 */
export function readMesh(text: string): MeshChoice {
  if (text.includes('/') || text.endsWith('.json')) {
    const mesh = readOwnMesh(text, readText(fromCaller(text), text))
    addMesh(text, mesh)
    return { name: mesh.name, file: text }
  }
  const [name = '', release, ...rest] = text.split('@')
  if (rest.length > 0 || release === '') throw inputError('--mesh', `'${text}' is not NAME[@RELEASE]`)
  if (name === '') throw inputError('--mesh', `'${text}' names no mesh`, 'write NAME[@RELEASE]')
  const mesh = findMesh(name)
  if (release !== undefined) mesh.profile(release)
  return release === undefined ? { name } : { name, release }
}

/** For the commands that take `--rules`. */
export const cleanEnv = flag(
  'with --rules exec:COMMAND, keeps your environment from it: PATH, HOME, LANG and TMPDIR remain',
)

/** The name of `family` of `--config` in messages. */
export const familyOfConfig = "--config's family"

/** Whether `--rules` says that the rules come by standard input. */
export const isStandardInput = (rules: string | undefined): boolean =>
  rules?.startsWith('file:') === true && isStandardName(rules.slice('file:'.length))

const isStandardName = (name: string): boolean => name === '-' || isStandardPath(fromCaller(name))

/**
 * Standard input can be read once.
 * @throws HarnessError (`input`) where rules and config, or two other files, would both be read from it.
 */
export function refuseSharedInput({
  rules,
  config,
  pod,
  meshconfig,
}: {
  rules?: string | undefined
  config?: string | undefined
  pod?: string | undefined
  meshconfig?: string | undefined
}): void {
  const files = Object.entries({ config, pod, meshconfig }).flatMap(([option, file]) =>
    file !== undefined && isStandardName(file) ? [`--${option}`] : [],
  )
  const [option, other] = files
  if (option === undefined) return
  if (isStandardInput(rules))
    throw inputError(option, 'standard input holds the rules already', `write ${option} FILE, or --rules file:PATH`)
  if (other !== undefined) throw inputError(other, `standard input holds ${option} already`, `write ${other} FILE`)
}

/**
 * Reads `--rules SRC`.
 * @param options what the caller says of a captured text, and of a program that is run.
 * @throws HarnessError (`input`) if it is no source, or its file does not exist or holds no rules.
 */
export async function readSource(text: string, options: SourceOptions = {}): Promise<RuleSource> {
  const { parseSource } = await import('../../source/parse.ts')
  return parseSource(text, callerDirectory, options)
}

/** What options say of the rules that are to be loaded. */
interface GivenSource {
  rules?: string | undefined
  snapshot?: number | undefined
  complete: boolean
  'clean-env': boolean
  /** Where they are loaded: by default here. */
  sandbox?: SandboxKind
  passwd: string | undefined
  group: string | undefined
}

/** Nobody can load a rule of which the text does not say all. @throws HarnessError (`input`) naming the lines. */
export function requireWhole({ capture, id }: RuleSource): void {
  const [first, ...others] = capture?.unsaid ?? []
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  throw inputError(
    `${capture?.name ?? id}, ${first.slice(0, first.indexOf(':'))}${more}`,
    `the text does not say all of a rule (${first.slice(first.indexOf(':') + 2)}), so it cannot be loaded`,
    / members of set /.test(first)
      ? 'add what `ipset save` prints to the text, or say --complete: such a set then holds nothing'
      : 'capture it whole, as iptables-save or sidetrack collect do, or say --complete: what is not said is then not asked for',
  )
}

/**
 * The same, where it may be left out; `family` of `--config` says whose rules a captured text holds that does not tell.
 */
export async function readGivenSource(
  { rules, snapshot, complete, 'clean-env': cleanEnv, sandbox = 'namespaces', ...accounts }: GivenSource,
  config: ConfigInput | undefined,
): Promise<RuleSource | undefined> {
  if (rules !== undefined) {
    const source = await readSource(rules, {
      family: config?.family,
      familyBy: familyOfConfig,
      snapshot,
      complete,
      cleanEnv,
      accounts: readAccountOptions(accounts, sandbox === 'namespaces'),
    })
    requireWhole(source)
    return source
  }
  for (const option of ['passwd', 'group'] as const)
    if (accounts[option] !== undefined)
      throw inputError(`--${option}`, 'no rules are given that name accounts', 'add --rules SRC')
  if (complete) throw inputError('--complete', 'no text is given', 'add --rules file:PATH')
  if (snapshot !== undefined) throw inputError('--snapshot', 'no text is given', 'add --rules file:PATH')
  if (cleanEnv) throw inputError('--clean-env', 'no program is run', 'add --rules exec:COMMAND')
  return undefined
}

/** A mesh's promise under an empty config. */
export function promiseOf({ name, release }: MeshChoice): Profile {
  const mesh = findMesh(name)
  return mesh.profile(release ?? newestRelease(mesh))
}

/** Whose promises are held, whose proxy is there, and why. */
export interface Chosen {
  mesh: MeshChoice
  profile: Profile
  reason: ProxyReason
}

/**
 * Whose proxy is there: what `--mesh` says, or `--config`, or whose rules a built-in source makes, or what rules in a
 * file are worked out to be for. Nobody's is assumed.
 * @param options.orOfRules what is asked is no mesh's promise: where no mesh that is known has such a proxy, the rules
 * may tell of it all the same.
 * @throws HarnessError (`input`) if nothing says so, or a built-in source makes another mesh's rules.
 */
export async function chooseProxy(
  mesh: MeshChoice | undefined,
  source: RuleSource,
  config: ConfigInput | undefined,
  { orOfRules = false }: { orOfRules?: boolean } = {},
): Promise<Chosen> {
  const request = requestOf(config)
  const own = source.profile?.(request)
  const given = mesh ?? (config?.mesh === undefined ? undefined : { name: config.mesh })
  const option = mesh === undefined ? '--config' : '--mesh'
  if (own !== undefined && given !== undefined && given.name !== own.mesh) {
    const [said, made] = [findMesh(given.name).title, findMesh(own.mesh).title]
    throw inputError(
      option,
      `says ${said}, but ${source.id} makes rules for ${made}`,
      `write exec:COMMAND or file:PATH for ${said}`,
    )
  }
  if (own !== undefined && mesh === undefined) return { mesh: { name: own.mesh }, profile: own, reason: '--rules' }
  if (given === undefined) return workOut(source, request, orOfRules)
  const found = findMesh(given.name)
  // A config says where its proxy listens, and how; a text alone does not.
  const isSaid = Object.keys(request.config).length > 0 || source.capture === undefined
  const profile = isSaid
    ? found.profile(given.release ?? newestRelease(found), request)
    : await profileForText(given, source, request)
  return { mesh: given, profile, reason: option }
}

async function profileForText(
  { name, release }: MeshChoice,
  source: RuleSource,
  request: ProfileRequest,
): Promise<Profile> {
  const { namedProfile } = await import('../../run/plan/proxy-from-rules.ts')
  return namedProfile(findMesh(name), await rulesetsOf(source, request), request, release)
}

/** A fault in a source's text, with the source's name in front. */
export function unreadable({ id, capture }: RuleSource, failed: HarnessError, family: Family): HarnessError {
  const { message, hint } = capture?.locate(failed, family) ?? failed
  return new HarnessError('input', `${capture?.name ?? id}, ${message}`, { cause: failed, ...(hint && { hint }) })
}

async function workOut(source: RuleSource, request: ProfileRequest, orOfRules: boolean): Promise<Chosen> {
  const hint = `add --mesh ${[...meshes.keys()].join(', ')}, or a file of your own, such as ./my-mesh.json`
  if (source.kind === 'builder') throw inputError(source.id, 'does not tell whose proxy its rules are for', hint)
  const { proxyFromRules } = await import('../../run/plan/proxy-from-rules.ts')
  const { proxyOfRules } = await import('../../run/plan/proxy-of-rules.ts')
  const rulesets = await rulesetsOf(source, request)
  const known = proxyFromRules(rulesets, request.podIPs, request)
  const found = orOfRules && 'unknown' in known && known.isOfNobody ? proxyOfRules(rulesets, request.podIPs) : known
  if ('unknown' in found) {
    const why = [...('unknown' in known ? [known.unknown] : []), ...(found === known ? [] : [found.unknown])].join('; ')
    throw inputError(source.capture?.name ?? source.id, `nobody can tell whose proxy these rules are for: ${why}`, hint)
  }
  const { profile, from } = found
  return { mesh: { name: profile.mesh }, profile, reason: { from } }
}

/** The rules of a text, of each family that it speaks of. */
async function rulesetsOf(source: RuleSource, request: ProfileRequest): Promise<Ruleset[]> {
  const { loadText } = await import('../../run/predict/loaded-rules.ts')
  const texts = await Promise.all(
    (source.capture?.families ?? families).map((family) =>
      source.rules({ schema: 'sidetrack.config/1', mesh: '', ...request, family }),
    ),
  )
  return texts.flatMap((text) => {
    if (text === undefined) return []
    const { ruleset, failed } = loadText(text)
    if (failed !== undefined) throw unreadable(source, failed, text.family)
    return ruleset
  })
}

const requestOf = ({
  config = {},
  podAnnotations = {},
  podIPs = Object.values(usual.pod),
}: Partial<ConfigInput> = {}): ProfileRequest => ({
  config,
  podAnnotations,
  podIPs,
})

/** What the verdicts of a run rest on, where its rules are not built in: a line each. */
export function premisesOf({ profile, reason }: Chosen, source: RuleSource): string[] {
  return source.profile === undefined ? [describeProxy(profile, reason), ...(source.capture?.notes ?? [])] : []
}

/** Lines of a captured text that are no rules: for whoever asks for all. */
export function passedOverLines(source: RuleSource | undefined): string[] {
  return (source?.capture?.passedOver ?? []).map(({ line, text }) => `  line ${line}: ${text.trim().slice(0, 200)}`)
}
