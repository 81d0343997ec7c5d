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

/** Where two lists of matched rules part, from 0; undefined if they are equal. */
export function divergence(one: readonly MatchedRule[], other: readonly MatchedRule[]): number | undefined {
  const length = Math.max(one.length, other.length)
  const at = Array.from({ length }, (_, index) => isSamePlace(one[index], other[index])).indexOf(false)
  return at === -1 ? undefined : at
}

function isSamePlace(a: MatchedRule | undefined, b: MatchedRule | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.connection === b.connection && a.hook === b.hook && a.table === b.table && a.chain === b.chain && a.rule === b.rule
}

/** Targets that end a packet or send it elsewhere (iptables-extensions(8)); no chain may have such a name. */
const changing: readonly string[] = [
  'DROP',
  'REJECT',
  'REDIRECT',
  'DNAT',
  'SNAT',
  'MASQUERADE',
  'NETMAP',
  'TPROXY',
  'QUEUE',
  'NFQUEUE',
  'SYNPROXY',
]
const passing: readonly string[] = ['ACCEPT', 'RETURN']

/**
 * The rule that decided what became of a connection: the last one that ended it or sent it elsewhere, or else the last that
 * spared it that, in nat before other tables.
 * @param connection whose; by default the probe's own.
 * @returns undefined where no rule did: it was left to the chains' policies.
 */
export function decidingRule(matched: readonly MatchedRule[], connection = 0): MatchedRule | undefined {
  const own = matched.filter((rule) => rule.connection === connection)
  const last = (targets: readonly string[], table?: string): MatchedRule | undefined =>
    own.findLast((rule) => targets.includes(rule.target ?? '') && (table ?? rule.table) === rule.table)
  return last(changing) ?? last(passing, 'nat') ?? last(passing)
}
