import { inputError } from '../../core/errors.ts'
import { type GateSource, type Sides, onSides } from '../../gate/compared/sides.ts'
import { findMesh, newestRelease } from '../../mesh/index.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ConfigInput } from '../options/config.ts'
import type { MeshChoice } from '../options/mesh.ts'
import { chooseProxy, premisesOf } from '../options/proxy.ts'

/**
 * Whose promises the two make rules for, and whose proxy stands on either side: a built-in source's own, or else that
 * of `--mesh`, or of the other side.
 * @throws HarnessError (`input`) if nobody says whose, or the two are for different meshes.
 */
export async function gateSides(
  given: MeshChoice | undefined,
  sources: Sides<RuleSource>,
  config: ConfigInput | undefined,
): Promise<{ mesh: MeshChoice; sides: Sides<GateSource>; notices: string[] }> {
  const { baseline, candidate } = sources
  const builtIn = [baseline, candidate].find(({ profile }) => profile !== undefined)
  const name = given?.name ?? config?.mesh ?? builtIn?.profile?.().mesh
  const notices: string[] = []
  const choose = async (source: RuleSource): Promise<MeshChoice> => {
    const wanted = given ?? (name === undefined ? undefined : { name })
    const chosen = await chooseProxy(source.profile === undefined ? wanted : given, source, config)
    notices.push(...premisesOf(chosen, source))
    return chosen.mesh
  }
  const [before, after] = [await choose(baseline), await choose(candidate)]
  if (before.name !== after.name)
    throw inputError(
      '--candidate',
      `makes rules for ${findMesh(after.name).title}, and the baseline for ${findMesh(before.name).title}`,
    )
  const mesh = given ?? { name: after.name }
  const found = findMesh(mesh.name)
  const release = mesh.release ?? newestRelease(found)
  const foreign = (request: ProfileRequest): Profile =>
    given?.release === undefined && builtIn?.profile !== undefined
      ? builtIn.profile(request)
      : found.profile(release, request)
  const sides = onSides((side): GateSource => {
    const source = sources[side]
    return {
      source,
      profile: source.profile === undefined ? foreign : (request) => source.profile?.(request) ?? foreign(request),
    }
  })
  return { mesh, sides, notices: [...new Set(notices)] }
}
