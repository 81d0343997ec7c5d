import { inputError } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import { isObject, unknownName } from '../../input/fields.ts'
import { isBuiltIn } from '../../mesh/index.ts'
import type { MeshPromise } from '../../mesh/mesh.ts'
import type { Scenario } from '../../scenario/scenario.ts'

/**
 * The options of a mesh's config that `--without` names: fields, variables within one (Istio's `proxyMetadata`), and
 * annotations.
 * @throws HarnessError (`input`) naming the first that is none.
 */
export function readWithout(names: readonly string[], mesh: MeshPromise): ReadonlySet<string> {
  if (!isBuiltIn(mesh)) throw inputError('--without', `the options of ${mesh.title} are not known here`, 'leave it out')
  const domains = mesh.releases.map((release) => mesh.domains(release))
  const known = [
    ...new Set(
      domains.flatMap(({ config, podAnnotations }) => [
        ...Object.entries(config).flatMap(([name, values]) => [name, ...values.flatMap(variablesOf)]),
        ...Object.keys(podAnnotations),
      ]),
    ),
  ]
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) throw inputError('--without', unknownName('option', wrong, known))
  return new Set(names)
}

/** Which of these options a config has; an annotation that holds a config of its own (Istio's) has what it names. */
export function hasAny(
  without: ReadonlySet<string>,
  { config, podAnnotations }: { config: object; podAnnotations: object },
): string | undefined {
  const fields = Object.entries(config).flatMap(([name, value]) => [name, ...variablesOf(value)])
  const annotated = Object.entries(podAnnotations).flatMap(([name, value]) => [name, ...String(value).split(/\W+/)])
  return [...fields, ...annotated].find((name) => without.has(name))
}

const variablesOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : [])

/** What is left out for lack of an option, in one line: each scenario counts once, by the first that it has. */
export function describeWithout(without: ReadonlySet<string>, scenarios: readonly Scenario[]): string {
  const lacking = scenarios.flatMap(({ rules }) => (rules.kind === 'config' ? (hasAny(without, rules) ?? []) : []))
  const counts = [...without].map((name) => `${name} (${lacking.filter((other) => other === name).length})`)
  const left = plural(lacking.length, 'scenario')
  return `left out, since the builder does not have these options: ${left}: ${counts.join(', ')}`
}
