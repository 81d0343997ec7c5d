import { inputError } from '../../core/errors.ts'
import { findMesh } from '../../mesh/index.ts'
import { readWithout } from '../../run/plan/without.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { MeshChoice } from './mesh.ts'
import { repeatable } from '../command/option.ts'

/** `--without OPTION,…` */
export const withoutOption = repeatable(
  'OPTION[,OPTION...]',
  "options of the mesh's config that this builder does not have: what uses them is left out, and counted",
  (text) => text.split(',').map((name) => name.trim()),
)

/** @throws HarnessError (`input`) if no builder is brought, or the mesh has no such option. */
export function requireWithout(
  names: readonly (readonly string[])[],
  source: RuleSource | undefined,
  mesh: MeshChoice | undefined,
) {
  if (source?.kind !== 'builder' || mesh === undefined)
    throw inputError('--without', 'no builder is brought', 'add --rules exec:COMMAND')
  return readWithout(names.flat(), findMesh(mesh.name))
}
