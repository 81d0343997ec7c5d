import { type Condition, type FieldQuestion, textOf } from '../../netfilter/condition.ts'
import { isPortField } from '../../netfilter/field.ts'
import type { Chain, Rule } from '../../netfilter/ruleset.ts'
import { letsGoOn, type StatementOf } from '../../netfilter/statement.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { type PassedOver, passedIn } from './long-chain.ts'
import { marked, setConnmark, setTracking } from './marks.ts'
import { suppositionOf } from './supposed.ts'
import { assignSocket } from './tproxy.ts'
import type { RuleStep, ChainTraversal } from './trail.ts'
import { isOutByWay, tryRule } from './try-rule.ts'
import type { Translation } from './translation.ts'
import { Unpredictable } from '../packet/unpredictable.ts'

/**
 * The verdict of a base chain on a packet: accepted, dropped, rejected or translated; and by which rule, if not by the
 * policy.
 */
export type Fate = { by?: RuleStep } & (
  | { kind: 'accept' | 'drop' }
  | { kind: 'reject'; statement: StatementOf<'reject'> }
  | { kind: 'translate'; statement: Translation }
)

/**
 * Sends a packet through a base chain and the chains that it jumps to. Marks are changed in place.
 * @throws Unpredictable if the result depends on a condition that is unknown, or there are too many rules to try.
 */
export function traverseChains(traversal: ChainTraversal): Fate {
  const { base, packet, connection, stage, trail } = traversal
  const { table, chain } = base
  const { hook, policy } = chain.base
  const { steps, endings, passed, beside } = trail
  beside?.begin()
  const fate: Fate = traverseChain(chain, traversal, 0) ?? { kind: policy }
  if (fate.by === undefined) endings.push({ hook, packet: stage, after: steps.length, table, chain, policy })
  const { kind } = fate
  const statement = 'statement' in fate ? fate.statement : undefined
  const own = { kind, statement, packet: { ...packet }, mark: connection.mark, after: steps.length }
  passed.push(own)
  beside?.end(own)
  return fate
}

/** @returns undefined at RETURN and at the end of the chain. */
function traverseChain(chain: Chain, traversal: ChainTraversal, depth: number): Fate | undefined {
  if (depth > 1000) throw new Unpredictable(`chain ${chain.name} is entered again and again`)
  const { rules } = chain
  const { base, trail } = traversal
  const passed = trail.keeps === 'all' ? undefined : passedIn(chain, traversal)
  const isTelling = trail.keeps === 'telling'
  let told = isTelling ? passed?.because : undefined
  const count = passed?.places.length ?? rules.length
  for (let at = 0; at <= count; at += 1) {
    const index = passed === undefined ? at : (passed.places[at] ?? rules.length)
    if (told !== undefined && told.length > 0) told = tellPassedOver(told, index, chain, traversal)
    const rule = rules[index]
    if (rule === undefined) break
    trail.budget.spend()
    if (isTelling && isOutByWay(rule, traversal)) continue
    const step = tryRule(rule, chain, index + 1, traversal)
    const mayDecide = !rule.statements.every(
      step.truth === 'unknown' ? (statement) => letsAllGoOn(statement, base.chains) : letsGoOn,
    )
    const supposition = step.truth === 'unknown' && mayDecide ? suppositionOf(step, chain, traversal) : undefined
    if (supposition !== undefined) step.truth = trail.supposed?.get(supposition) ?? step.truth
    if (step.truth !== false || trail.keeps !== 'matched') trail.steps.push(step)
    if (step.truth === false || !mayDecide) continue
    if (step.truth === 'unknown') throw unanswered(step, supposition)
    const end = execute(rule, traversal, step, depth)
    if (end !== 'next') return end
  }
  return undefined
}

/**
 * Keeps what sets the packet apart from the rules of a long chain that it has come past, up to some place.
 * @returns what it has not come past yet.
 */
function tellPassedOver(
  because: readonly PassedOver[],
  place: number,
  { name }: Chain,
  { base: { table, chain }, stage, trail: { steps } }: ChainTraversal,
): readonly PassedOver[] {
  const { type, hook } = chain.base
  for (const { asked, value, from } of because) {
    if (from >= place) continue
    const condition: Condition = { ...(asked as FieldQuestion), asked: { subject: asked.field, negated: false } }
    steps.push({
      ...{ table, type, hook, chain: name, number: from + 1, packet: stage, truth: false },
      rule: { conditions: [condition], statements: [], tracks: false, origin: ofNoText },
      answers: [{ condition, truth: false, actual: '', values: [value] }],
    })
  }
  return because.filter(({ from }) => from >= place)
}

const ofNoText = { text: '', place: { line: 0, column: 0 } }

/**
 * Executes the statements of a matched rule. @returns `next` to go on with the next rule, undefined to leave the chain.
 */
function execute(
  { statements }: Rule,
  traversal: ChainTraversal,
  step: RuleStep,
  depth: number,
): Fate | 'next' | undefined {
  for (const statement of statements) {
    if (statement.kind === 'return') return undefined
    if (statement.kind === 'goto' || statement.kind === 'jump') {
      const next = traversal.base.chains.get(statement.chain)
      const fate = next && traverseChain(next, traversal, depth + 1)
      if (fate !== undefined || statement.kind === 'goto') return fate
      continue
    }
    const fate = act(statement, traversal, step)
    if (fate !== undefined) return { ...fate, by: step }
  }
  return 'next'
}

const harmless = new WeakMap<Chain, boolean>()
/** nf_tables takes no longer way from chain to chain (NFT_JUMP_STACK_SIZE in net/netfilter/nf_tables.h). */
const deepest = 16

/** Whether a packet goes on behind it whatever the rules say of it that it leads to: none of them does anything. */
function letsAllGoOn(statement: Statement, chains: ReadonlyMap<string, Chain>, depth = 0): boolean {
  if (statement.kind !== 'jump') return letsGoOn(statement)
  const chain = chains.get(statement.chain)
  if (chain === undefined || depth > deepest) return false
  const found =
    harmless.get(chain) ??
    chain.rules.every(({ statements }) =>
      statements.every((own) => own.kind === 'return' || letsAllGoOn(own, chains, depth + 1)),
    )
  harmless.set(chain, found)
  return found
}

function unanswered(step: RuleStep, supposition: string | undefined): Unpredictable {
  return new Unpredictable(whyUnanswered(step), { rule: step.rule, supposition })
}

function whyUnanswered({ chain, number, answers }: RuleStep): string {
  const answer = answers.find(({ truth }) => truth === 'unknown')
  const asked = answer?.condition
  if (asked?.kind === 'chance') return `rule ${number} of chain ${chain} leaves it to chance`
  const place = `rule ${number} of chain ${chain} asks for`
  if (asked?.kind === 'unknown' && asked.why !== undefined) return `${place} ${textOf(asked)}: ${asked.why}`
  if (asked?.kind === 'set' && asked.why !== undefined) return `${place} ${textOf(asked)}, ${asked.why}`
  if (asked?.kind === 'set') return `${place} ${textOf(asked)}: rules change set ${asked.name} as packets pass`
  if (answer !== undefined && asked?.kind === 'field' && asked.field !== 'tos') {
    const drawn = answer.values?.find((value) => typeof value === 'object')
    return drawn !== undefined && isPortField(asked.field)
      ? `${place} ${textOf(asked)}, and it is one that the kernel draws from ${drawn.first} to ${drawn.last}`
      : `${place} ${textOf(asked)}, and that is not known of ${answer.actual}`
  }
  if (asked?.kind !== 'account') return `${place} ${asked?.asked.subject ?? 'a module'}, which is not known here`
  return `${place} ${asked.asked.subject} ${asked.name}, a name that is looked up where the rules are loaded`
}

/** @returns undefined to go on with the next statement. */
function act(
  statement: Exclude<Statement, StatementOf<'return' | 'jump' | 'goto'>>,
  traversal: ChainTraversal,
  step: RuleStep,
): Fate | undefined {
  const { packet, connection } = traversal
  switch (statement.kind) {
    case 'accept':
    case 'drop':
      return { kind: statement.kind }
    case 'reject':
      return { kind: 'reject', statement }
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'netmap':
    case 'masquerade':
      return { kind: 'translate', statement }
    case 'mark':
      packet.mark = marked(packet.mark, statement)
      return undefined
    case 'connmark':
      setConnmark(statement, packet, connection)
      return undefined
    case 'notrack':
    case 'zone':
      setTracking(statement, packet)
      return undefined
    case 'tproxy': {
      const kind = assignSocket(statement, traversal)
      // A listener has no use for an answer, and the client never gets it.
      if (kind === 'accept' && packet.socket !== undefined)
        traversal.trail.decisive[traversal.stage === 'answer' ? 'ended' : 'destination'] = step
      return { kind }
    }
    case 'hop-limit':
      packet.hasOwnHopLimit = true
      return undefined
    case 'log':
    case 'continue':
    case 'tos':
      return undefined
    case 'unknown':
      throw new Unpredictable(
        `rule ${step.number} of chain ${step.chain} has the target ${statement.name}, which is not known here`,
        { rule: step.rule },
      )
  }
}
