import type { Hook } from '../../flow/matched-rule.ts'
import type { Condition } from '../../netfilter/condition.ts'
import type { Truth } from '../../netfilter/interval-set.ts'
import type { Base, Chain, Rule } from '../../netfilter/ruleset.ts'
import type { BaseChain } from '../../netfilter/stations.ts'
import type { Answer } from './answer.ts'
import type { Budget } from '../packet/budget.ts'
import type { Connection } from '../packet/connection.ts'
import type { Packet, Side } from '../packet/packet.ts'
import type { Beside, ChainPassed } from './beside.ts'
import type { Stage } from '../packet/stage.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** One rule that a packet was evaluated against. */
export interface RuleStep {
  table: string
  /** The type of the base chain that the traversal started in. */
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
  /** The packet was an ICMP error instead of an answer. */
  isError?: true
}

/** The end of a packet without a rule: by a chain's policy, or by the kernel itself for a reason. */
export type Ending = { hook: Hook; packet: Stage /** How many rules had been tried before. */; after: number } & (
  | { table: string; chain: Chain; policy: Base['policy'] }
  | { why: string }
)

/** Whether it ends there: what a policy accepts goes on. */
export const isDrop = (ending: Ending): boolean => 'why' in ending || ending.policy === 'drop'

/**
 * What is supposed of rules of which nobody here knows whether they match: by their questions, for packets that cannot
 * be told apart. Two rulesets that ask the same of the same packet get the same answer, whatever it is.
 */
export type Supposed = ReadonlyMap<string, boolean>

/**
 * Which rules that were tried are kept: those that matched, or may; those as well whose answers tell flows apart that
 * have the protocol and the route of this one; or all of them.
 */
export type Keeps = 'matched' | 'telling' | 'all'

/** What is recorded as a connection's packets pass the rules. */
export interface Trail {
  /** The rules that were tried, as far as they are kept. */
  steps: RuleStep[]
  endings: Ending[]
  /** The rules that dropped a packet or translated an end, the last of each kind. */
  decisive: Partial<{ [done in Side | 'ended']: RuleStep }>
  /** What the base chains have made of the packets, one after the other. */
  passed: ChainPassed[]
  /** The attempt with more rules that it is made beside. */
  beside?: Beside
  keeps: Keeps
  budget: Budget
  /** How rules answer of which nobody knows. */
  supposed?: Supposed
}

/** What a condition is evaluated against. */
export interface EvaluationContext {
  packet: Packet
  connection: Connection
  stack: NetworkStack
  stage: Stage
}

/** The traversal of one base chain, and of the chains it jumps to, by a packet. */
export interface ChainTraversal extends EvaluationContext {
  base: BaseChain
  trail: Trail
}
