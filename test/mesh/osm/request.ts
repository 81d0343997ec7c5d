import type { BuildRequest } from '../../../harness/mesh/mesh.ts'

/** A question to OSM's builder. */
export function osmRequest(
  config: BuildRequest['config'] = {},
  podAnnotations: BuildRequest['podAnnotations'] = {},
): BuildRequest {
  return { schema: 'sidetrack.config/1', mesh: 'osm', config, podAnnotations, podIPs: ['10.244.0.5'], family: 'ipv4' }
}

/** The pod annotation with this ending. */
export function annotated(key: string, value: string): Record<string, string> {
  return { [`openservicemesh.io/${key}`]: value }
}

/** Ports from 20001 on. */
export function manyPorts(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 20001 + index)
}
