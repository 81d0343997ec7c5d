import type { Family } from '../core/address.ts'
import type { Flow } from '../flow/flow.ts'
import type { App, Topology } from '../flow/topology.ts'
import type { Expected } from '../flow/verdict.ts'
import type { Endpoint } from '../flow/endpoint.ts'
import type { Location } from '../input/call-site.ts'
import type { RulesSpec } from '../mesh/rules.ts'
import type { ReleaseRange } from './releases.ts'

export type { Location }

export interface ExpectedFlow {
  flow: Flow
  expected: Expected
  location: Location
}

/** Rules, topology and flows with expected verdicts: plain data, checked when it was made. */
export interface Scenario {
  title: string
  location: Location
  mesh: string
  rules: RulesSpec
  /** Releases of the mesh for which the expectations hold. */
  releases: ReleaseRange
  /** How often the rules are applied. */
  applyTimes: number
  /** Loading the rules is expected to fail at this line (1-based) of what is loaded last. */
  rejected?: { at: number; leaves: 'nothing' | 'part' }
  /** Further interfaces beside eth0. */
  interfaces: readonly string[]
  apps: readonly App[]
  services: readonly { at: Endpoint; to: Endpoint }[]
  closed: readonly Endpoint[]
  proxy: Topology['proxy']
  inner: boolean
  /** The families of the addresses that the pod is told to have, the primary one first. */
  podIPs: readonly Family[]
  /** Families that symbolic endpoints expand over; by default those that the profile captures. */
  families?: readonly Family[]
  tags: readonly string[]
  flows: readonly ExpectedFlow[]
}

/** What names a scenario: as much of it as a report can say again. */
export type ScenarioName = Pick<Scenario, 'mesh' | 'title' | 'location'>
