import type { Family } from '../../core/address.ts'
import type { DecidedBy, MatchedRule } from '../../flow/matched-rule.ts'
import type { Observed } from '../../flow/verdict.ts'
import type { Effect } from './behaviour.ts'
import type { GateConfig } from '../compared/config.ts'
import type { BackendPair, SideName, Sides } from '../compared/sides.ts'
import type { TextChange } from './text-change/text-change.ts'

/** What became of a flow on one side. */
export interface Outcome {
  observed: Observed
  decidedBy: DecidedBy
}

/** Why two behaviours differ, as far as that is known: equal ones are one cause. */
export interface Cause {
  /** The rule that decided on either side; undefined where none did, or nobody knows. */
  rules: Sides<MatchedRule | undefined>
  /** The sides of which nobody knows it; none if it is left out. */
  untold?: readonly SideName[]
  /** What of the rules' text made it. */
  text: TextChange
}

/** One behaviour that is not the same on both sides. */
export interface Change {
  id: string
  effect: Effect
  /** The config that both were asked for; absent of a scenario's flow, which has its own. */
  config: GateConfig
  backends: BackendPair
  family: Family
  /** Who sends what where, or what of the rules themselves has changed. */
  subject: string
  /** Which flows it stands for, where it is one for many. */
  range?: string
  before: string
  after: string
  /**
   * What is there beside one application of either side's rules: the same rules again, or a firewall's rule. The id is
   * that which it has without.
   */
  under?: { name: string; rule?: string; plain: string }
  /** What of the rules themselves has changed: whether they are made, whether for its family, whether they load, whether they do the second time. */
  rules?: 'builder' | 'family' | 'loading' | 'again'
  /** Who sends, and how far the flow is from an ordinary one; absent where the rules themselves have changed. */
  flow?: { sender: string; oddity: number }
  /** What became of the flow; absent where it was not sent, or the rules themselves have changed. */
  outcomes?: Sides<Outcome>
  cause: Cause
  /**
   * The change of which it is one more: the same rules match on either side, and flows that were sent fared there as
   * the model says, which speaks for this one.
   */
  like?: string
  /** The approval that covers it: its place and reason. */
  approved?: { line: number; reason: string }
}

/** Something that could not be compared, and whose fault that is. */
export interface GateError {
  id: string
  subject: string
  fault: 'rules' | 'input' | 'machine' | 'sidetrack'
  reason: string
}
