import type { Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { isBuiltIn, meshes } from '../../mesh/index.ts'
import type { BuildRequest } from '../../mesh/mesh.ts'
import { knownFamilies } from '../../repro/examine/rulesets.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { builtinSource } from '../../source/kinds/builtin.ts'
import type { ConfigInput } from '../options/config.ts'
import { usual } from '../options/flow.ts'
import type { Chosen } from '../options/proxy.ts'
import { unreadable } from '../options/source.ts'

/** What a source is asked. */
export function requestOf(
  { config, podAnnotations, podIPs: given = [], mesh: named }: ConfigInput,
  { profile }: Pick<Chosen, 'profile'>,
): Omit<BuildRequest, 'family'> {
  const podIPs = given.length > 0 ? given : Object.values(usual.pod)
  return { schema: 'sidetrack.config/1', mesh: named ?? profile.mesh, config, podAnnotations, podIPs }
}

/** The rules of each family that is known: of a text the families that it speaks of, of a builder both. */
export async function textsOf(
  source: RuleSource,
  config: ConfigInput,
  chosen: Chosen,
  backend: Backend,
): Promise<{ families: readonly Family[]; texts: RuleText[]; podIPs: readonly string[] }> {
  const families = knownFamilies(source.capture)
  const request = requestOf(config, chosen)
  const asked =
    source.kind === 'builder' ? families.filter((family) => chosen.profile.families.includes(family)) : families
  const texts = await rulesOf(source, request, asked)
  for (const text of texts) {
    const { failed } = loadText(text, backend)
    if (failed !== undefined) throw unreadable(source, failed, text.family)
  }
  return { families, texts, podIPs: request.podIPs }
}

/**
 * The rules that the mesh makes of a config; `nobody` where no builder of it is built in.
 * @throws HarnessError (`input`) if the config is none of the mesh's.
 */
export async function builtFrom(
  config: ConfigInput,
  chosen: Chosen,
  families: readonly Family[],
): Promise<RuleText[] | 'nobody'> {
  const { profile } = chosen
  const mesh = meshes.get(profile.mesh)
  if (mesh === undefined || !isBuiltIn(mesh)) return 'nobody'
  const asked = families.filter((family) => profile.families.includes(family))
  return rulesOf(
    builtinSource(`${mesh.name}@${profile.release}`, mesh, profile.release),
    requestOf(config, chosen),
    asked,
  )
}

async function rulesOf(
  source: RuleSource,
  request: Omit<BuildRequest, 'family'>,
  families: readonly Family[],
): Promise<RuleText[]> {
  const texts = await Promise.all(families.map((family) => source.rules({ ...request, family })))
  return texts.filter((text) => text !== undefined)
}
