import { inputError } from '../../core/errors.ts'
import { unknownName } from '../../input/fields.ts'
import { isBuiltIn } from '../../mesh/index.ts'
import type { MeshPromise } from '../../mesh/mesh.ts'
import type { Scenario } from '../../scenario/scenario.ts'

/**
 * The options of a mesh's config, fields and annotations, that `--without` names.
 * @throws HarnessError (`input`) naming the first that is none.
 */
export function readWithout(names: readonly string[], mesh: MeshPromise): ReadonlySet<string> {
  if (!isBuiltIn(mesh)) throw inputError('--without', `the options of ${mesh.title} are not known here`, 'leave it out')
  const domains = mesh.releases.map((release) => mesh.domains(release))
  const known = [
    ...new Set(
      domains.flatMap(({ config, podAnnotations }) => [...Object.keys(config), ...Object.keys(podAnnotations)]),
    ),
  ]
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw inputError('--without', unknownName('option', wrong, known))
  return new Set(names)
}

/** Which of these options a config has. */
export function hasAny(
  without: ReadonlySet<string>,
  { config, podAnnotations }: { config: object; podAnnotations: object },
): string | undefined {
  return [...Object.keys(config), ...Object.keys(podAnnotations)].find((name) => without.has(name))
}

/** What is left out for lack of an option, in one line: each scenario counts once, by the first that it has. */
export function describeWithout(without: ReadonlySet<string>, scenarios: readonly Scenario[]): string {
  const lacking = scenarios.flatMap(({ rules }) => (rules.kind === 'config' ? (hasAny(without, rules) ?? []) : []))
  const counts = [...without].map((name) => `${name} (${lacking.filter((other) => other === name).length})`)
  const left = `${lacking.length} scenario${lacking.length === 1 ? '' : 's'}`
  return `left out, since the builder does not have these options: ${left}: ${counts.join(', ')}`
}
