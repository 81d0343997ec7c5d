import type { Family } from '../../../harness/core/address.ts'
import { buildPayload } from '../../../harness/mesh/istio/build.ts'
import type { Release } from '../../../harness/mesh/istio/releases.ts'
import type { BuildRequest } from '../../../harness/mesh/mesh.ts'

/** What a builder is asked; the pod's addresses are IPv4 alone unless they are given. */
export interface Asked {
  config?: Record<string, unknown>
  podAnnotations?: Record<string, string>
  podIPs?: string[]
  family?: Family
}

export function istioRequest({
  config = {},
  podAnnotations = {},
  podIPs = ['10.244.0.5'],
  family = 'ipv4',
}: Asked = {}): BuildRequest {
  return { schema: 'sidetrack.config/1', mesh: 'istio', config, podAnnotations, podIPs, family }
}

export function build(release: Release, asked: Asked = {}): string {
  return buildPayload(release, istioRequest(asked))
}

/** The rules of one table without its frame: no chains, no COMMIT. */
export function rulesOf(payload: string, table: string): string[] {
  const [, body = ''] = new RegExp(`^\\* ${table}\n([^]*?)^COMMIT$`, 'm').exec(payload) ?? []
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('-N '))
}

/** What an option adds to the rules of a table. */
export function added(release: Release, asked: Asked, table = 'nat', without: Asked = {}): string[] {
  const before = new Set(rulesOf(build(release, { ...asked, config: {}, podAnnotations: {}, ...without }), table))
  return rulesOf(build(release, asked), table).filter((rule) => !before.has(rule))
}

/** An annotation under `traffic.sidecar.istio.io/`. */
export function annotated(key: string, value: string): Record<string, string> {
  return { [`traffic.sidecar.istio.io/${key}`]: value }
}
