/** Where in its way a packet meets rules (iptables(8), TABLES). */
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

/** A rule that a packet matched. */
export interface MatchedRule {
  /** Whose packet: 0 is the probe's own connection, 1 the proxy's first dial, and so on. */
  connection: number
  hook: Hook
  table: string
  chain: string
  /** Its place in the chain, from 1. */
  rule: number
  /** As `iptables-save` prints it: `-A CHAIN …`. */
  text: string
  /** What it does: `REDIRECT`, `RETURN`, the chain it jumps to; absent where a rule only counts. */
  target?: string
  /** Its `-m comment`, where it has one. */
  comment?: string
}

/** The rules that a flow matched, in the order in which its packets met them. */
export interface DecidedBy {
  /** As the kernel traced them; absent if this kernel cannot say. */
  observed?: readonly MatchedRule[]
  /** As the model has them; absent if it cannot tell. */
  predicted?: readonly MatchedRule[]
  /** The first place where the two lists differ, from 0; absent if they are equal or one of them is not there. */
  divergesAt?: number
}
