import * as v from 'valibot'
import { plainDataProblem } from '../core/plain-data.ts'
import type { AnyListener, ListenerName } from '../flow/verdict.ts'
import { argumentProblems, type Parameter } from '../input/arguments.ts'
import { callSite } from '../input/call-site.ts'
import { isObject, shown } from '../input/fields.ts'
import { complain } from '../input/issues.ts'
import type { Mesh } from './mesh.ts'

/** What a pod's rules and proxy are configured by. */
export interface Configured {
  config: Readonly<Record<string, unknown>>
  podAnnotations: Readonly<Record<string, string>>
}

/** The rules of a scenario: a mesh config that any builder can be given, or literal text. */
export type RulesSpec =
  | ({ kind: 'config' } & Configured)
  /**
   * `isPasted`: it is cleaned as a captured text is, where otherwise it is loaded as it stands. A config beside it is
   * the proxy's.
   */
  | ({ kind: 'text'; text: string; isPasted?: true } & Partial<Configured>)

/** For the compiler alone. */
declare const listeners: unique symbol

/**
 * The rules of a scenario and the mesh whose promises it speaks of.
 * @typeParam Listeners what that mesh's listeners are called.
 */
export type MeshRules<Listeners extends ListenerName = AnyListener> = RulesSpec & {
  mesh: string
  readonly [listeners]?: Listeners
}

/** An object of plain data, as a mesh's config is. */
export const data = v.pipe(
  v.custom<Record<string, unknown>>(isObject, ({ input }) => `${shown(input)} is no object`),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = isObject(dataset.value) ? plainDataProblem(dataset.value) : undefined
    if (problem !== undefined) addIssue({ message: problem })
  }),
)
export const annotations = v.pipe(
  data,
  v.record(
    v.string(),
    v.string(({ input }) => `${shown(input)} is no text, and annotations are`),
  ),
)

/** How scenarios ask for the rules that a builder for a mesh makes: what a mesh's folder contributes to the DSL. */
export interface RulesFunction<Config extends object, Annotations extends object, Listeners extends ListenerName> {
  /**
   * @param config the mesh's own fields, flat, by their own names.
   * @param podAnnotations what the pod carries, by its full names.
   */
  (config?: Config, podAnnotations?: Annotations, ...more: never[]): MeshRules<Listeners>
  readonly mesh: Mesh
}

/** Makes it of a mesh; the types say which options there are. */
export function rulesFunction<Config extends object, Annotations extends object, Listeners extends ListenerName>(
  mesh: Mesh,
): RulesFunction<Config, Annotations, Listeners> {
  const takes = [
    { name: 'config', schema: data },
    { name: 'podAnnotations', schema: annotations },
  ]
  const rules = (config: object = {}, podAnnotations: object = {}, ...more: never[]): MeshRules<never> =>
    checkedRules(mesh.name, takes, [config, podAnnotations, ...more], {
      kind: 'config',
      mesh: mesh.name,
      config: { ...config },
      podAnnotations: { ...podAnnotations } as Record<string, string>,
    })
  return Object.assign(rules, { mesh })
}

/** Complains of what a call was given that does not fit, at the line of the call. */
export function checkedRules<Made extends MeshRules>(
  call: string,
  takes: readonly Parameter[],
  given: readonly unknown[],
  made: Made,
): Made | MeshRules<never> {
  const problems = argumentProblems(takes, given)
  if (problems.length === 0) return made
  for (const problem of problems) complain(callSite(), `${call}: ${problem}`)
  return { kind: 'config', mesh: made.mesh, config: {}, podAnnotations: {} }
}
