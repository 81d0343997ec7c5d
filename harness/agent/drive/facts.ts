import type { Fault } from '../../core/errors.ts'
import type { Hop } from '../../flow/verdict.ts'
import type { FlowPlan } from '../protocol.ts'
import type { ProbeOutcome } from '../worker/protocol.ts'

/**
 * What became of a conversation: what was heard, or why nothing was. `silent`: it was not reset and lost no data, and
 * both ends know how to talk, so it proves nothing.
 */
export type Conversation = { heard?: string; error?: string } | { silent: true }

/** What is known of one flow when its batch is over. */
export interface FlowFacts {
  plan: FlowPlan
  /** How far the probe itself came. */
  outcome: ProbeOutcome
  /** The stations that witnessed the flow, in order. */
  hops: readonly Hop[]
  /** Whether the sentinels have come through since the flow was sent. */
  sentinelPassed: boolean
  /** Whether something arrived by this protocol that cannot be attributed to a flow. */
  hasStranger: boolean
  /** Whether a peer's own network stack saw the flow's first packet. */
  seenByPeer: boolean
  /** What the two ends said to each other, where the flow asks for it. */
  conversation?: Conversation
  /**
   * Whether policy routing stands beside the pod's rules: it may leave a flow without a route, which a pod has
   * otherwise everywhere.
   */
  hasPolicyRouting: boolean
  /** The pod's own addresses, loopback included. */
  isPodAddress: (address: string) => boolean
}

/**
 * Whether the kernel refused to send it: EPERM if a rule dropped it, EINVAL if a rule sent it where no route leads
 * (the error of nf_ip_route_me_harder).
 */
export const isUnsent = ({ code, offender, isUnsent }: Extract<ProbeOutcome, { state: 'failed' }>): boolean =>
  code === 'EPERM' || (isUnsent === true && offender === undefined && code !== 'ECONNREFUSED')

/** A flow that cannot be judged, and why. */
export class Undecided extends Error {
  readonly fault: Fault

  constructor(why: string, fault: Fault = 'sidetrack') {
    super(why)
    this.fault = fault
  }
}
