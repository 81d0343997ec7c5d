import { rulesFunction } from '../rules.ts'
import { osm as mesh } from './index.ts'
import type { names } from './names.ts'
import type { OsmAnnotations, OsmConfig } from './options.ts'

/**
 * The rules that a builder for OSM makes from fields of MeshConfig `spec.traffic` and `spec.sidecar`, and a pod's
 * annotations.
 */
export const osm = rulesFunction<OsmConfig, OsmAnnotations, (typeof names.listeners)[number]>(mesh)
