import { modules } from '../iptables/modules.ts'
import type { Chain, Condition, Match, Rule } from '../iptables/tree.ts'
import { askAddressType } from './address-type.ts'
import { ask, askOwner } from './ask.ts'
import { askSocket } from './socket-match.ts'
import type { Step, Walk } from './trail.ts'

/** Holds a packet against one rule. Where all steps are kept every condition is asked, so that a reader sees all that fail. */
export function tryRule(rule: Rule, chain: Chain, number: number, walk: Walk): Step {
  const { table, hook, stage } = walk
  const answers: Step['answers'][number][] = []
  const isSettled = (): boolean => !walk.keepsAll && answers.at(-1)?.truth === false
  for (const condition of rule.conditions) {
    answers.push({ condition, ...ask(condition, walk.packet, walk.connection) })
    if (isSettled()) break
  }
  for (const match of rule.matches) {
    if (isSettled()) break
    answers.push(...askModule(match, walk))
  }
  const isUnknownModule = answers.every(({ truth }) => truth !== false) && answers.some(({ truth }) => truth === 'unknown')
  const truth = answers.some((answer) => answer.truth === false) ? false : isUnknownModule ? 'unknown' : true
  return {
    table,
    hook,
    chain: chain.name,
    number,
    rule,
    truth,
    answers,
    packet: stage,
    ...(walk.packet.protocol === 'error' && { isError: true }),
  }
}

function askModule(match: Match, walk: Walk): Step['answers'] {
  const { packet, connection, world } = walk
  const { module, conditions } = match
  if (!Object.hasOwn(modules, module)) return nobodyKnows(match)
  if (module === 'socket') return [{ condition: aboutSocket(match), ...askSocket(match, walk) }]
  const together =
    module === 'owner' ? askOwner(match, packet, world.accounts) : module === 'addrtype' ? askAddressType(match, packet, world) : undefined
  return conditions.map((condition, at) => ({ condition, ...(together?.[at] ?? ask(condition, packet, connection)) }))
}

/** All that one `-m socket` asks is one question. */
const aboutSocket = ({ conditions }: Match): Condition => ({
  option: ['-m socket', ...conditions.map(({ option }) => option)].join(' '),
  negated: false,
  kind: 'socket-option',
})

function nobodyKnows({ module, conditions }: Match): Step['answers'] {
  const asked: readonly Condition[] =
    conditions.length > 0 ? conditions : [{ option: `-m ${module}`, negated: false, kind: 'unknown', values: [] }]
  return asked.map((condition) => ({ condition, truth: 'unknown', actual: 'nobody here can tell' }))
}
