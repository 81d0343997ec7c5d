import { asHarnessError } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import { findMesh, isBuiltIn, newestRelease } from '../../mesh/index.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { MeshChoice } from '../options/mesh.ts'
import type { ChosenConfigs } from './configs.ts'

/** How many are named. */
const mostNamed = 5

/**
 * Configs of the user's that the mesh itself refuses. A builder may take them, but a name that no builder reads changes
 * nothing, and nobody would be told. What a built-in source refuses is told as rules that it does not make.
 */
export function refusedConfigs(
  { name, release }: MeshChoice,
  { profile }: RuleSource,
  { configs, isSuite, generated }: ChosenConfigs,
): string[] {
  const mesh = findMesh(name)
  if (isSuite || generated !== undefined || profile !== undefined || !isBuiltIn(mesh)) return []
  const refused = configs.flatMap((config) => {
    try {
      mesh.validate(release ?? newestRelease(mesh), config)
      return []
    } catch (thrown) {
      const { fault, line } = asHarnessError(thrown)
      if (fault !== 'input') throw thrown
      return [`config ${config.name}: ${mesh.title} refuses it, and the builders are asked all the same: ${line}`]
    }
  })
  const left = refused.length - mostNamed
  return [
    ...refused.slice(0, mostNamed),
    ...(left > 0 ? [`and ${mesh.title} refuses ${plural(left, 'more config')}`] : []),
  ]
}
