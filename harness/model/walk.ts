import type { Hook } from '../flow/matched-rule.ts'
import { modules } from '../iptables/modules.ts'
import type { Chain, Condition, Match, Rule, Ruleset, TableName, Target } from '../iptables/tree.ts'
import { ask, askOwner, type Answer, type Truth } from './ask.ts'
import type { Connection, Packet } from './packet.ts'
import type { World } from './world.ts'

/** One rule that a packet was held against. */
export interface Step {
  table: TableName
  hook: Hook
  chain: string
  /** Its place in the chain, from 1. */
  number: number
  rule: Rule
  truth: Truth
  answers: readonly (Answer & { condition: Condition })[]
  /** Which packet of the connection it was. */
  packet: 'first' | 'answer' | 'acknowledgement'
}

/** What a table does with a packet: lets it go on, ends it, or sends it elsewhere. */
export type Fate = { kind: 'accept' | 'drop' | 'reject' } | { kind: 'translate'; target: Extract<Target, { kind: 'redirect' | 'dnat' }> }

/** The rules ask what nobody here can answer: no prediction is better than a guess. */
export class Unpredictable extends Error {}

interface Walk {
  table: TableName
  hook: Hook
  chains: ReadonlyMap<string, Chain>
  packet: Packet
  connection: Connection
  world: World
  stage: Step['packet']
  /** Every rule that was tried is added. */
  steps: Step[]
}

/**
 * Sends a packet through one table at one hook, beginning at the kernel's own chain. Marks are changed in place.
 * @throws Unpredictable where a rule whose answer is unknown would decide something.
 */
export function walkTable(ruleset: Ruleset, table: TableName, hook: Hook, walk: Omit<Walk, 'table' | 'hook' | 'chains'>): Fate {
  const chains = ruleset.tables.get(table)?.chains
  const chain = chains?.get(hook)
  if (chains === undefined || chain === undefined) return { kind: 'accept' }
  return walkChain(chain, { ...walk, table, hook, chains }, 0) ?? { kind: chain.policy === 'DROP' ? 'drop' : 'accept' }
}

/** @returns undefined for RETURN and at a chain's end. */
function walkChain(chain: Chain, walk: Walk, depth: number): Fate | undefined {
  if (depth > 1000) throw new Unpredictable(`chain ${chain.name} is entered again and again`)
  for (const [index, rule] of chain.rules.entries()) {
    const step = tryRule(rule, chain, index + 1, walk)
    walk.steps.push(step)
    if (step.truth === false || rule.target === undefined || rule.target.kind === 'log') continue
    if (step.truth === 'unknown') throw unanswered(step)
    const { target } = rule
    if (target.kind === 'return') return undefined
    if (target.kind === 'goto' || target.kind === 'jump') {
      const next = walk.chains.get(target.chain)
      const fate = next && walkChain(next, walk, depth + 1)
      if (fate !== undefined || target.kind === 'goto') return fate
      continue
    }
    const fate = act(target, walk, step)
    if (fate !== undefined) return fate
  }
  return undefined
}

function tryRule(rule: Rule, chain: Chain, number: number, walk: Walk): Step {
  const { packet, connection, world, table, hook, stage } = walk
  const answers = [
    ...rule.conditions.map((condition) => ({ condition, ...ask(condition, packet, connection, world) })),
    ...rule.matches.flatMap((match) => {
      if (match.module === 'owner')
        return askOwner(match, packet).map((answer, at) => ({ condition: match.conditions[at] as Condition, ...answer }))
      const isOpen = match.conditions.some(({ option }) => option.startsWith('--limit-iface'))
      if (isOpen || !Object.hasOwn(modules, match.module)) return nobodyKnows(match)
      return match.conditions.map((condition) => ({ condition, ...ask(condition, packet, connection, world) }))
    }),
  ]
  const isUnknownModule = answers.every(({ truth }) => truth !== false) && answers.some(({ truth }) => truth === 'unknown')
  const truth = answers.some((answer) => answer.truth === false) ? false : isUnknownModule ? 'unknown' : true
  return { table, hook, chain: chain.name, number, rule, truth, answers, packet: stage }
}

function nobodyKnows({ module, conditions }: Match): Step['answers'] {
  const asked: readonly Condition[] =
    conditions.length > 0 ? conditions : [{ option: `-m ${module}`, negated: false, kind: 'unknown', values: [] }]
  return asked.map((condition) => ({ condition, truth: 'unknown', actual: 'nobody here can tell' }))
}

function unanswered({ chain, number, answers }: Step): Unpredictable {
  const { option = 'a module' } = answers.find(({ truth }) => truth === 'unknown')?.condition ?? {}
  return new Unpredictable(`rule ${number} of chain ${chain} asks for ${option}, which is not known here`)
}

/** @returns undefined where the next rule follows. */
function act(target: Target, { packet, connection }: Walk, { chain, number }: Step): Fate | undefined {
  switch (target.kind) {
    case 'accept':
    case 'drop':
    case 'reject':
      return { kind: target.kind }
    case 'redirect':
    case 'dnat':
      return { kind: 'translate', target }
    case 'mark':
      packet.mark = ((packet.mark & ~target.mask) ^ target.value) >>> 0
      return undefined
    case 'connmark':
      if (target.action === 'set') connection.mark = ((connection.mark & ~target.mask) ^ target.value) >>> 0
      else if (target.action === 'save') connection.mark = ((connection.mark & ~target.ctmask) ^ (packet.mark & target.nfmask)) >>> 0
      else packet.mark = ((packet.mark & ~target.nfmask) ^ (connection.mark & target.ctmask)) >>> 0
      return undefined
    case 'ct':
      if (target.action === 'notrack') packet.state = 'UNTRACKED'
      else throw new Unpredictable(`rule ${number} of chain ${chain} puts the connection into a zone of its own, which is not modelled`)
      return undefined
    case 'tproxy':
      throw new Unpredictable(`rule ${number} of chain ${chain} is TPROXY, which is not modelled`)
    default:
      throw new Unpredictable(
        `rule ${number} of chain ${chain} has the target ${target.kind === 'unknown' ? target.name : target.kind}, which is not known here`,
      )
  }
}
