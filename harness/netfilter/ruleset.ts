import type { Family } from '../core/address.ts'
import type { Hook } from '../flow/matched-rule.ts'
import type { Condition } from './condition.ts'
import type { Truth } from './interval-set.ts'
import type { Statement } from './statement.ts'

/** What the kernel executes for one family, whatever text it was loaded from. */
export interface Ruleset {
  family: Family
  tables: ReadonlyMap<string, Table>
}

export interface Table {
  name: string
  chains: ReadonlyMap<string, Chain>
}

export interface Chain {
  name: string
  /** Without it a packet only comes here by a jump. */
  base?: Base
  rules: readonly Rule[]
}

/** How a chain is bound to a hook. */
export interface Base {
  /**
   * `nat` is asked once for each end of a connection (nf_nat_inet_fn in net/netfilter/nf_nat_core.c); after `route` the
   * kernel looks for another route where the packet was changed.
   */
  type: 'filter' | 'nat' | 'route'
  hook: Hook
  /** Chains on a hook are met in the order of their priorities, the smallest first. */
  priority: number
  /** The priority that another loader of the same text gives it, where nobody knows which one loads it. */
  elsewhere?: number
  policy: 'accept' | 'drop'
}

export interface Rule {
  conditions: readonly Condition[]
  statements: readonly Statement[]
  /** Whether loading it makes the kernel track connections (nf_ct_netns_get). */
  tracks: Truth
  origin: Origin
}

/** The text that a rule comes from. */
export interface Origin {
  /** As `iptables-save` prints it behind the chain. */
  readonly text: string
  /** What it does, by name: `REDIRECT`, or the chain it jumps to; absent where it only counts. */
  target?: string
  comment?: string
  /** Where it stands, counted from 1. */
  place: { line: number; column: number }
}

/** A rule as its text has it, in its chain: `-A OUTPUT -p tcp -j RETURN`. */
export const ruleText = (chain: string, { origin }: Rule): string => `-A ${chain} ${origin.text}`.trimEnd()

/** Every rule of a ruleset, table by table. */
export const rulesOf = ({ tables }: Ruleset): Rule[] =>
  [...tables.values()].flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules))

/** Every rule of a table that a packet may come to by those of its base chains that are asked for. */
export function rulesReached({ chains }: Table, from: (base: Base) => boolean): Rule[] {
  const reached = new Set([...chains.values()].flatMap(({ name, base }) => (base && from(base) ? name : [])))
  // A set goes on with what is added while it is gone through.
  for (const chain of reached)
    for (const rule of chains.get(chain)?.rules ?? []) for (const next of jumpsOf(rule)) reached.add(next)
  return [...reached].flatMap((chain) => chains.get(chain)?.rules ?? [])
}

/** The chains that a rule sends packets to. */
export const jumpsOf = ({ statements }: Rule): string[] =>
  statements.flatMap((statement) => (statement.kind === 'jump' || statement.kind === 'goto' ? statement.chain : []))

/** Nothing is loaded. */
export const emptyRuleset = (family: Family): Ruleset => ({ family, tables: new Map() })
