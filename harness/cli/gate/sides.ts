import { isDeepStrictEqual } from 'node:util'
import { inputError } from '../../core/errors.ts'
import { type GateSource, onSides, type SideName, sideNames, type Sides } from '../../gate/compared/sides.ts'
import { findMesh, newestRelease } from '../../mesh/index.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { describeProxy } from '../../report/describing/proxy.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ConfigInput } from '../options/config.ts'
import type { MeshChoice } from '../options/mesh.ts'
import { type Chosen, chooseProxy, requestOf } from '../options/proxy.ts'

/**
 * Whose promises the two make rules for, and whose proxy stands on either side: a built-in source's own, or else that
 * of `--mesh`, or of the other side, or of a text. A change of rules leaves the proxy as it is: where both are texts,
 * the baseline's is there. `isUsual` says whether it is what the mesh has under that config, which is what the
 * suite's flows are for.
 * @throws HarnessError (`input`) if nobody says whose, or the two are for different meshes.
 */
export async function gateSides(
  given: MeshChoice | undefined,
  sources: Sides<RuleSource>,
  config: ConfigInput | undefined,
): Promise<{ mesh: MeshChoice; sides: Sides<GateSource>; notices: string[]; isUsual: boolean }> {
  const own = sideNames.find((side) => sources[side].profile !== undefined)
  const ownProfile = own && sources[own].profile
  const name = given?.name ?? config?.mesh ?? ownProfile?.().mesh
  const choose = (source: RuleSource): Promise<Chosen> => {
    const wanted = given ?? (name === undefined ? undefined : { name })
    return chooseProxy(source.profile === undefined ? wanted : given, source, config)
  }
  // One after the other: of two that nobody can tell of, the baseline is what is complained of.
  const baseline = await choose(sources.baseline)
  const candidate = await choose(sources.candidate).catch((thrown: unknown) => {
    // What is wrong with a text may be just what it is compared for, and the baseline tells whose it is.
    if (sideNames.some((side) => sources[side].capture === undefined)) throw thrown
    return chooseProxy({ name: baseline.mesh.name }, sources.candidate, config)
  })
  const chosen: Sides<Chosen> = { baseline, candidate }
  const [before, after] = [baseline.mesh, candidate.mesh]
  if (before.name !== after.name)
    throw inputError(
      '--candidate',
      `makes rules for ${findMesh(after.name).title}, and the baseline for ${findMesh(before.name).title}`,
    )
  const mesh = given ?? { name: after.name }
  const isOwn = given?.release === undefined && ownProfile !== undefined
  const text = sideNames.find((side) => sources[side].capture !== undefined)
  const found = findMesh(mesh.name)
  const usual = (request: ProfileRequest): Profile =>
    isOwn ? ownProfile(request) : found.profile(mesh.release ?? newestRelease(found), request)
  const ofText = isOwn || text === undefined ? undefined : chosen[text].profile
  const foreign = (request: ProfileRequest): Profile => ofText ?? usual(request)
  const isUsual = ofText === undefined || isDeepStrictEqual(ofText, usual(requestOf(config)))
  const stands = (side: SideName): string =>
    isOwn && own !== undefined
      ? describeProxy(ownProfile(requestOf(config)), `--${own}`)
      : describeProxy(chosen[text ?? side].profile, chosen[text ?? side].reason)
  const notices = sideNames.flatMap((side) =>
    sources[side].profile === undefined ? [stands(side), ...(sources[side].capture?.notes ?? [])] : [],
  )
  const sides = onSides((side): GateSource => {
    const source = sources[side]
    return {
      source,
      profile: source.profile === undefined ? foreign : (request) => source.profile?.(request) ?? foreign(request),
    }
  })
  return { mesh, sides, notices: [...new Set(notices)], isUsual }
}
