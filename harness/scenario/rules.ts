import * as v from 'valibot'
import { plainDataProblem } from '../core/plain-data.ts'
import { meshes } from '../mesh/index.ts'
import type { IstioAnnotations, IstioConfig } from '../mesh/istio/options.ts'
import type { OsmAnnotations, OsmConfig } from '../mesh/osm/options.ts'
import { callSite } from './call-site.ts'
import { argumentProblems } from './expectations.ts'
import { isObject, object, shown, text, words } from './fields.ts'
import { complain } from './issues.ts'
import type { RulesSpec } from './scenario.ts'

/** The rules of a scenario and the mesh whose promises it speaks of. */
export type MeshRules = RulesSpec & { mesh: string }

const data = v.pipe(
  v.custom<Record<string, unknown>>(isObject, ({ input }) => `${shown(input)} is no object`),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = isObject(dataset.value) ? plainDataProblem(dataset.value) : undefined
    if (problem !== undefined) addIssue({ message: problem })
  }),
)
const annotations = v.pipe(
  data,
  v.record(
    v.string(),
    v.string(({ input }) => `${shown(input)} is no text, and annotations are`),
  ),
)
const mesh = words([...meshes.keys()])

/** Rules as `osm` and `ruleText` make them. */
export const rulesSchema = v.lazy((input) =>
  isObject(input) && input['kind'] === 'text'
    ? object({ kind: v.literal('text'), mesh, text })
    : object({ kind: words(['config', 'text']), mesh, config: data, podAnnotations: annotations }),
)

/**
 * The rules that a builder for OSM makes from this config.
 * @param config fields of MeshConfig `spec.traffic` and `spec.sidecar`, flat, by their own names.
 * @param podAnnotations what the pod carries, by its full names (`openservicemesh.io/…`).
 */
export function osm(config: OsmConfig = {}, podAnnotations: OsmAnnotations = {}, ...more: never[]): MeshRules {
  return configured('osm', [config, podAnnotations, ...more])
}

/**
 * The rules that a builder for Istio makes from this config.
 * @param config Helm's `global.proxy`, flat, by its own names, and what else decides (IstioConfig).
 * @param podAnnotations what the pod carries, by its full names (`traffic.sidecar.istio.io/…`).
 */
export function istio(config: IstioConfig = {}, podAnnotations: IstioAnnotations = {}, ...more: never[]): MeshRules {
  return configured('istio', [config, podAnnotations, ...more])
}

/** Literal rules, in any format that `file:` reads, under the promises of a mesh. */
export function ruleText(name: 'osm' | 'istio', rules: string, ...more: never[]): MeshRules {
  const takes = [
    { name: 'mesh', schema: mesh },
    { name: 'text', schema: text },
  ]
  return checked('ruleText', takes, [name, rules, ...more], { kind: 'text', mesh: name, text: rules })
}

/** What the function of this mesh makes of what it was given. */
function configured(mesh: 'osm' | 'istio', given: readonly [config: object, podAnnotations: object, ...more: never[]]): MeshRules {
  const takes = [
    { name: 'config', schema: data },
    { name: 'podAnnotations', schema: annotations },
  ]
  const [config, podAnnotations] = given
  return checked(mesh, takes, given, { kind: 'config', mesh, config: { ...config }, podAnnotations: { ...podAnnotations } })
}

function checked(call: string, takes: Parameters<typeof argumentProblems>[0], given: readonly unknown[], made: MeshRules): MeshRules {
  const problems = argumentProblems(takes, given)
  if (problems.length === 0) return made
  for (const problem of problems) complain(callSite(), `${call}: ${problem}`)
  return { kind: 'config', mesh: 'osm', config: {}, podAnnotations: {} }
}
