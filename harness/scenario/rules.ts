import type { OsmAnnotations, OsmConfig } from '../mesh/osm/options.ts'
import type { RulesSpec } from './scenario.ts'

/** The rules of a scenario and the mesh whose promises it speaks of. */
export type MeshRules = RulesSpec & { mesh: string }

/**
 * The rules that a builder for OSM makes from this config.
 * @param config fields of MeshConfig `spec.traffic` and `spec.sidecar`, flat, by their own names.
 * @param podAnnotations what the pod carries, by its full names (`openservicemesh.io/…`).
 */
export function osm(config: OsmConfig = {}, podAnnotations: OsmAnnotations = {}): MeshRules {
  return { kind: 'config', mesh: 'osm', config: { ...config }, podAnnotations: { ...podAnnotations } }
}

/** Literal rules, in any format that `file:` reads, under the promises of a mesh. */
export function ruleText(mesh: 'osm', text: string): MeshRules {
  return { kind: 'text', mesh, text }
}
