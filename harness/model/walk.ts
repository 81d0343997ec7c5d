import type { Hook } from '../flow/matched-rule.ts'
import type { Chain, Ruleset, TableName, Target } from '../iptables/tree.ts'
import { isIdle, isNotrack, setsHopLimit } from './idle-targets.ts'
import { marked, setConnmark, setTracking } from './marks.ts'
import { assignSocket } from './tproxy.ts'
import type { Step, Walk } from './trail.ts'
import { tryRule } from './try-rule.ts'
import type { Translation } from './translation.ts'
import { Unpredictable } from './unpredictable.ts'

/** What a table does with a packet: lets it go on, ends it, or sends it elsewhere; and by which rule, if not by a policy. */
export type Fate = { by?: Step } & (
  | { kind: 'accept' | 'drop' }
  | { kind: 'reject'; target: Extract<Target, { kind: 'reject' }> }
  | { kind: 'translate'; target: Translation }
)

/**
 * Sends a packet through one table at one hook, beginning at the kernel's own chain. Marks are changed in place.
 * @throws Unpredictable where a rule whose answer is unknown would decide something, and where there are too many rules to try.
 */
export function walkTable(ruleset: Ruleset, table: TableName, hook: Hook, walk: Omit<Walk, 'table' | 'hook' | 'chains'>): Fate {
  const chains = ruleset.tables.get(table)?.chains
  const chain = chains?.get(hook)
  if (chains === undefined || chain === undefined) return { kind: 'accept' }
  const fate = walkChain(chain, { ...walk, table, hook, chains }, 0)
  if (fate !== undefined) return fate
  const { policy = 'ACCEPT' } = chain
  walk.endings.push({ hook, packet: walk.stage, after: walk.steps.length, table, policy })
  return { kind: policy === 'DROP' ? 'drop' : 'accept' }
}

/** @returns undefined for RETURN and at a chain's end. */
function walkChain(chain: Chain, walk: Walk, depth: number): Fate | undefined {
  if (depth > 1000) throw new Unpredictable(`chain ${chain.name} is entered again and again`)
  for (const [index, rule] of chain.rules.entries()) {
    walk.budget.spend()
    const step = tryRule(rule, chain, index + 1, walk)
    if (step.truth !== false || walk.keepsAll) walk.steps.push(step)
    const { target } = rule
    if (step.truth === false || target === undefined || letsGoOn(target)) continue
    if (step.truth === 'unknown') throw unanswered(step)
    if (target.kind === 'return') return undefined
    if (target.kind === 'goto' || target.kind === 'jump') {
      const next = walk.chains.get(target.chain)
      const fate = next && walkChain(next, walk, depth + 1)
      if (fate !== undefined || target.kind === 'goto') return fate
      continue
    }
    const fate = act(target, walk, step)
    if (fate !== undefined) return { ...fate, by: step }
  }
  return undefined
}

/** Whether a rule that does this decides nothing, matched or not. */
const letsGoOn = (target: Target): boolean =>
  target.kind === 'log' || (target.kind === 'unknown' && isIdle(target) && !setsHopLimit(target))

function unanswered({ chain, number, answers }: Step): Unpredictable {
  const asked = answers.find(({ truth }) => truth === 'unknown')?.condition
  const place = `rule ${number} of chain ${chain} asks for`
  if (asked?.kind !== 'owner-name') return new Unpredictable(`${place} ${asked?.option ?? 'a module'}, which is not known here`)
  return new Unpredictable(`${place} ${asked.option} ${asked.name}, a name that is looked up where the rules are loaded`)
}

/** @returns undefined where the next rule follows. */
function act(target: Target, walk: Walk, step: Step): Fate | undefined {
  const { packet, connection } = walk
  const { chain, number } = step
  switch (target.kind) {
    case 'accept':
    case 'drop':
      return { kind: target.kind }
    case 'reject':
      return { kind: 'reject', target }
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'masquerade':
      return { kind: 'translate', target }
    case 'mark':
      packet.mark = marked(packet.mark, target)
      return undefined
    case 'connmark':
      setConnmark(target, packet, connection)
      return undefined
    case 'ct':
      setTracking(target, packet)
      return undefined
    case 'tproxy': {
      const kind = assignSocket(target, walk)
      // A listener can do nothing with an answer, and whom it is for never gets it.
      if (kind === 'accept' && packet.socket !== undefined) walk.decisive[walk.stage === 'answer' ? 'ended' : 'destination'] = step
      return { kind }
    }
    case 'unknown':
      if (isNotrack(target)) {
        setTracking({ kind: 'ct', action: 'notrack' }, packet)
        return undefined
      }
      if (setsHopLimit(target)) {
        packet.hasOwnHopLimit = true
        return undefined
      }
      throw new Unpredictable(`rule ${number} of chain ${chain} has the target ${target.name}, which is not known here`)
    default:
      throw new Unpredictable(`rule ${number} of chain ${chain} has the target ${target.kind}, which is not known here`)
  }
}
