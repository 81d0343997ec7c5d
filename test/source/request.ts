import type { BuildRequest } from '../../harness/mesh/mesh.ts'

export function request(config: BuildRequest['config'] = {}, more: Partial<BuildRequest> = {}): BuildRequest {
  return {
    schema: 'sidetrack.config/1',
    mesh: 'osm',
    config,
    podAnnotations: {},
    podIPs: ['10.244.0.5'],
    family: 'ipv4',
    ...more,
  }
}
