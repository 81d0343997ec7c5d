import type { Family } from '../../harness/core/address.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import { type GateConfig, nameOf } from '../../harness/gate/compared/config.ts'
import { Comparing } from '../../harness/gate/classes/comparing.ts'
import { gate, type GateResult } from '../../harness/gate/gate.ts'
import type { Sides } from '../../harness/gate/compared/sides.ts'
import { findMesh, newestRelease } from '../../harness/mesh/index.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'

/** Threads take longer to load than to compare what a test asks: its gates share them, and they end with it. */
const comparing = new Comparing()

export interface Asked extends Sides<RuleSource> {
  /** By default OSM. */
  mesh?: string
  /** By default the empty one. */
  configs?: readonly Omit<GateConfig, 'name'>[]
  backends?: readonly Backend[]
  families?: readonly Family[]
  /** Scenarios whose flows are sent as well. */
  scenarios?: readonly Scenario[]
}

/**
 * Compares two sources in a sandbox that is already there; each stands beside the proxy of its own release, or of the
 * newest one.
 */
export function gateOf(
  sandbox: Sandbox,
  { mesh = 'osm', baseline, candidate, configs = [{ config: {}, podAnnotations: {} }], ...asked }: Asked,
): Promise<GateResult> {
  const found = findMesh(mesh)
  const side = (source: RuleSource) => ({
    source,
    profile:
      source.profile ??
      ((request: Parameters<NonNullable<RuleSource['profile']>>[0]) => found.profile(newestRelease(found), request)),
  })
  return gate({
    mesh,
    sides: { baseline: side(baseline), candidate: side(candidate) },
    configs: configs.map((config) => ({ ...config, name: nameOf(config) })),
    backends: (asked.backends ?? ['nft']).map((backend) => ({ baseline: backend, candidate: backend })),
    ...(asked.families && { families: asked.families }),
    ...(asked.scenarios && { suite: { scenarios: asked.scenarios } }),
    sandbox: Promise.resolve(sandbox),
    jobs: 4,
    comparing,
    signal: new AbortController().signal,
  })
}

/** A scenario's config. */
export function configOf({ rules, podIPs }: Scenario): Omit<GateConfig, 'name'> {
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  return { config, podAnnotations, podIPs }
}

/** What has changed, a line each. */
export const inWords = ({ changes }: GateResult): string[] =>
  changes.map(({ effect, subject, before, after }) => `${effect}: ${subject}: ${before} → ${after}`)

/** What could not be compared. */
export const errorsOf = ({ errors }: GateResult): string[] =>
  errors.map(({ subject, reason }) => `${subject}: ${reason}`)
