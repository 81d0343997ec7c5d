import type { Family } from '../core/address.ts'
import type { Flow, Protocol } from '../flow/flow.ts'
import type { Identity } from '../flow/identity.ts'
import type { ProxyState } from '../flow/pod-plan.ts'
import type { AnyListener, Expected, ListenerName } from '../flow/verdict.ts'
import type { Endpoint } from '../flow/endpoint.ts'
import type { Location } from '../input/call-site.ts'
import type { RulesSpec } from '../mesh/rules.ts'
import type { BugReport } from './bugs/bug.ts'
import type { ReleaseRange } from './releases.ts'

export type { Location }

/** An application in the pod that listens on one port. */
export interface App {
  port: number
  protocol: Exclude<Protocol, 'icmp'>
  /** Where it listens: every address, the pod's own address on eth0, loopback, or a literal one. */
  bind: 'any' | 'pod' | 'lo' | (string & {})
  identity: Identity
}

/** For the compiler alone. */
declare const named: unique symbol

/**
 * A flow and what is expected of it.
 * @typeParam Named the listeners that it names, which must be those of its scenario's mesh; by default the compiler
 * does not ask.
 */
export interface ExpectedFlow<Named extends ListenerName = AnyListener> {
  flow: Flow
  expected: Expected
  location: Location
  readonly [named]?: Named
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
  /**
   * Loading the rules is expected to fail at this line (1-based) of what is loaded last; some versions of iptables name
   * another one.
   */
  rejected?: { at: number; orAt?: number; leaves: 'nothing' | 'part' }
  /** Rules of other programs, loaded before or after the mesh's own, or by the other one of iptables' backends. */
  beside?: { before?: string; after?: string; otherBackend?: string }
  /** What is loaded last, as a mesh's commands that clean up. */
  cleanUp?: string
  /** The policy routing that belongs to the rules is not set up. */
  withoutRouting?: true
  /** Further interfaces beside eth0. */
  interfaces: readonly string[]
  /** Interfaces with the networks behind them, for which the pod forwards. */
  behind?: Readonly<Record<string, readonly string[]>>
  apps: readonly App[]
  /** An address that the proxy resolves to an endpoint, as Envoy's cluster does. */
  services: readonly { at: Endpoint; to: Endpoint }[]
  /** Where nobody listens, on peers or in the pod, although a flow is sent there. */
  closed: readonly Endpoint[]
  proxy: ProxyState
  inner: boolean
  /** The families of the pod's addresses as the builder hears them, the primary one first. */
  podIPs: readonly Family[]
  /** Families that symbolic endpoints expand over; by default those that the profile captures. */
  families?: readonly Family[]
  tags: readonly string[]
  /** Milliseconds within which its checks have their verdicts. */
  timeout?: number
  flows: readonly ExpectedFlow[]
  /** Of a state of a bug, which a bug file is about; `text` is where the text of its rules begins in the file. */
  bug?: BugReport & { text?: { line: number; column: number } }
}

/** What identifies a scenario in a report. */
export type ScenarioName = Pick<Scenario, 'mesh' | 'title' | 'location' | 'bug'>
