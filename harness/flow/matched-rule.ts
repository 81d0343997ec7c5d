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
  /**
   * Which packet of the connection matched it, where that is not the first one: the answer, an ICMP error in its place,
   * or what is said to the answer. Of ICMP errors no trace tells. They are told only where a rule ends them, or decides
   * by letting them pass.
   */
  packet?: 'answer' | 'error' | 'acknowledgement'
  /** Whether it decided what became of the connection; absent where nobody knows. */
  decides?: boolean
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

/** Whether a trace tells of a match. */
export const isTraced = ({ packet }: Pick<MatchedRule, 'packet'>): boolean => packet !== 'error'

/**
 * Where two lists of matched rules part, from 0; undefined if they are equal. What no trace tells of does not count.
 */
export function divergence(one: readonly MatchedRule[], other: readonly MatchedRule[]): number | undefined {
  const [a, b] = [one, other].map((list) => list.filter(isTraced)) as [MatchedRule[], MatchedRule[]]
  const length = Math.max(a.length, b.length)
  const at = Array.from({ length }, (_, index) => isSamePlace(a[index], b[index])).indexOf(false)
  return at === -1 ? undefined : at
}

type Place = Pick<MatchedRule, 'connection' | 'hook' | 'table' | 'chain' | 'rule' | 'packet'>

/** Whether two matches are of one rule, by the same packet. */
export function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return (['connection', 'hook', 'table', 'chain', 'rule', 'packet'] as const).every((field) => a[field] === b[field])
}

/**
 * Targets that end a packet, or send it elsewhere on its way there (iptables-extensions(8)); no chain may have such a
 * name.
 */
const ending: readonly string[] = ['DROP', 'REJECT', 'TPROXY', 'QUEUE', 'NFQUEUE', 'SYNPROXY']
const redirecting: readonly string[] = ['REDIRECT', 'DNAT', 'NETMAP']
const passing: readonly string[] = ['ACCEPT', 'RETURN']
const readdressing: readonly string[] = ['SNAT', 'MASQUERADE', 'NETMAP']

/** Whether a rule may be the end of a packet that it matches. */
export const mayEnd = ({ target }: MatchedRule): boolean => ending.includes(target ?? '')

/**
 * The rule that decided what became of a connection: the one that is known to, or else the last one that ended it or
 * sent it elsewhere, the last that spared it that, in nat before other tables, or what changed whom it seems to come
 * from.
 * @param connection whose; by default the probe's own.
 * @returns undefined where no rule did: it was left to the chains' policies.
 */
export function decidingRule(matched: readonly MatchedRule[], connection = 0): MatchedRule | undefined {
  const own = matched.filter((rule) => rule.connection === connection)
  if (own.some(({ decides }) => decides !== undefined)) return own.find(({ decides }) => decides)
  const last = (isIt: (rule: MatchedRule) => boolean): MatchedRule | undefined => own.findLast(isIt)
  const isAtSource = ({ hook }: MatchedRule): boolean => hook === 'POSTROUTING' || hook === 'INPUT'
  const passes = ({ target = '' }: MatchedRule): boolean => passing.includes(target)
  return (
    last((rule) => mayEnd(rule) || (redirecting.includes(rule.target ?? '') && !isAtSource(rule))) ??
    last((rule) => passes(rule) && rule.table === 'nat') ??
    last(passes) ??
    last(({ target = '' }) => readdressing.includes(target))
  )
}
