import { families } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { findMesh, meshes, newestRelease } from '../../mesh/index.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { describeProxy, type ProxyReason } from '../../report/describing/proxy.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ConfigInput } from './config.ts'
import { usual } from './flow.ts'
import type { MeshChoice } from './mesh.ts'
import { unreadable } from './source.ts'

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

/** What a proxy is asked for by, of a usual pod where nothing says another. */
export const requestOf = ({
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
