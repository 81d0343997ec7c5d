import type { AddressPort } from '../core/address.ts'
import type { MatchedRule } from './matched-rule.ts'
import type { ListenerName, Receiver } from './verdict.ts'

/** Where a connection would end, were a rule not as it is. */
export type OtherEnd =
  /** `isAnswerLost`: a datagram or an echo request, whose answer does not come back. */
  | { kind: 'received'; at: ListenerName | Receiver; local: AddressPort; isAnswerLost?: true }
  | { kind: 'refused'; by: 'pod' | 'peer' }
  | { kind: 'dropped' }

/**
 * A rule that a flow missed by one condition; had that been met, the flow's own connection would have ended otherwise.
 */
export interface NearMiss {
  rule: MatchedRule
  /** The condition, as `iptables-save` prints it. */
  asks: string
  /** What the flow had in its place. */
  actual: string
  end: OtherEnd
}

/** The near misses that matter, in the order in which the flow met them. */
export interface NearMisses {
  rules: NearMiss[]
  /** How many more rules failed on one condition and were not looked into: of those nobody knows. */
  untried: number
}
