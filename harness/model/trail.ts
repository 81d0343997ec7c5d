import type { Hook } from '../flow/matched-rule.ts'
import type { Condition } from '../netfilter/condition.ts'
import type { Truth } from '../netfilter/interval-set.ts'
import type { Base, Chain, Rule } from '../netfilter/ruleset.ts'
import type { Answer } from './answer.ts'
import type { Budget } from './budget.ts'
import type { Connection } from './connection.ts'
import type { Packet, Side } from './packet.ts'
import type { Stage } from './stage.ts'
import type { World } from './world.ts'

/** One rule that a packet was held against. */
export interface RuleStep {
  table: string
  /** Of the base chain that the packet began in. */
  type: Base['type']
  hook: Hook
  chain: string
  /** Its place in the chain, from 1. */
  number: number
  rule: Rule
  truth: Truth
  answers: readonly (Answer & { condition: Condition })[]
  /** Which packet of the connection it was. */
  packet: Stage
  /** It was an ICMP error in its place. */
  isError?: true
}

/** What became of a packet where no rule said it: a chain's policy did, or the kernel by itself, for a reason. */
export type Ending = { hook: Hook; packet: Stage /** How many rules had been tried before. */; after: number } & (
  | { table: string; chain: Chain; policy: Base['policy'] }
  | { why: string }
)

/** What is kept of a connection's way through the rules. */
export interface Trail {
  /** Every rule that was tried; of those that say no, none where only what matched is wanted. */
  steps: RuleStep[]
  endings: Ending[]
  /** The rules that ended a packet of it, and that changed an end, the last of each kind. */
  decisive: Partial<{ [done in Side | 'ended']: RuleStep }>
  keepsAll: boolean
  budget: Budget
}

/** A packet on its way through one table. */
export interface ChainTraversal extends Trail {
  table: string
  type: Base['type']
  hook: Hook
  chains: ReadonlyMap<string, Chain>
  packet: Packet
  connection: Connection
  world: World
  stage: Stage
}

/** What a condition is evaluated against. */
export type EvaluationContext = Pick<ChainTraversal, 'packet' | 'connection' | 'world' | 'stage'>
