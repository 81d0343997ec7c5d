import type { Beside } from '../compared/beside.ts'
import type { Family } from '../../core/address.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { Made } from '../compared/ask.ts'
import type { ClassBudget, Compared } from '../classes/compare.ts'
import type { Comparing } from '../classes/comparing.ts'
import type { GateConfig } from '../compared/config.ts'
import type { BackendPair, GateSource, Sides } from '../compared/sides.ts'
import type { Topology } from '../compared/topology.ts'

/** What is compared, how, and where. */
export interface GateOptions {
  /** Whose promises the sides make rules for: ids begin with it. */
  mesh: string
  sides: Sides<GateSource>
  configs: readonly GateConfig[]
  backends: readonly BackendPair[]
  families?: readonly Family[]
  /** A suite's flows, which are sent through both sides' rules as well. */
  suite?: SuiteQuestion
  /** Witnesses are looked for; by default they are. */
  witnesses?: boolean
  sandbox: Promise<Sandbox>
  /** Pods under way at once. */
  jobs: number
  budget?: ClassBudget
  /** Threads that compare rules, which somebody else ends; by default there are new ones. */
  comparing?: Comparing
  signal: AbortSignal
}

/** Which scenarios' flows are sent through both sides' rules. */
export interface SuiteQuestion {
  scenarios: readonly Scenario[]
  /** What a fixed source was made from. */
  config?: Readonly<Record<string, unknown>>
  podAnnotations?: Readonly<Record<string, string>>
  release?: string
  without?: ReadonlySet<string>
}

/** One config with what both sides made of it. */
export interface Pair {
  config: GateConfig
  /** Both sides' rules are applied twice. */
  isAgain?: true
  /** Another program's rules stand beside them. */
  beside?: Beside
  made: Sides<Made>
  topology: Topology
  backends: BackendPair
}

/** Pairs of one config under backends that execute the same: what one of them shows speaks for the others too. */
export interface Alike {
  pairs: readonly Pair[]
  compared: Compared
}
