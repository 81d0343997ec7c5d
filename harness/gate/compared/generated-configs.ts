import { asHarnessError } from '../../core/errors.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import { hasAny } from '../../run/plan/without.ts'
import { type GateConfig, nameOf } from './config.ts'
import { type Covered, coverPairs } from './pairs.ts'

export interface Generated {
  configs: GateConfig[]
  pairs: Covered['pairs']
}

/** How many there are at most where the caller does not say. */
export const mostGenerated = 500

/**
 * Configs in which any two options stand together with each two values at their edges, or one of them or both are left
 * out, as far as the mesh takes that.
 * @param without options that the builder does not have. @param most how many configs; by default as many as it takes.
 * @param seed the same one makes the same configs.
 */
export function generateConfigs(
  mesh: Pick<Mesh, 'domains' | 'validate'>,
  release: string,
  { without = new Set(), most, seed }: { without?: ReadonlySet<string>; most?: number; seed: number },
): Generated {
  const { config, podAnnotations } = mesh.domains(release)
  const isTaken = (of: 'config' | 'podAnnotations', name: string, value: unknown): boolean =>
    hasAny(without, { config: {}, podAnnotations: {}, [of]: { [name]: value } }) === undefined
  const parameters = (['config', 'podAnnotations'] as const).flatMap((of) =>
    Object.entries(of === 'config' ? config : podAnnotations)
      .filter(([name]) => !without.has(name))
      .map(([name, values]) => ({ of, name, values: values.filter((value) => isTaken(of, name, value)) })),
  )
  /** Value 0 leaves the option out. */
  const configOf = (row: readonly (number | undefined)[]): Omit<GateConfig, 'name'> => {
    const given = row.flatMap((value, at) => {
      const parameter = parameters[at]
      return value === undefined || value === 0 || parameter === undefined
        ? []
        : [{ ...parameter, value: parameter.values[value - 1] }]
    })
    const part = (of: 'config' | 'podAnnotations') =>
      given.filter((one) => one.of === of).map(({ name, value }) => [name, value])
    return { config: Object.fromEntries(part('config')), podAnnotations: Object.fromEntries(part('podAnnotations')) }
  }
  const isValid = (row: readonly (number | undefined)[]): boolean => {
    try {
      mesh.validate(release, configOf(row))
      return true
    } catch (thrown) {
      if (asHarnessError(thrown).fault !== 'input') throw thrown
      return false
    }
  }
  const { rows, pairs } = coverPairs({
    sizes: parameters.map(({ values }) => values.length + 1),
    isValid,
    seed,
    most: most ?? mostGenerated,
    fills: most !== undefined,
  })
  const configs = new Map(rows.map(configOf).map((made) => [nameOf(made), { name: nameOf(made), ...made }]))
  return { configs: [...configs.values()], pairs }
}
