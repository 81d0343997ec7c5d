import { type Condition, type Question, textOf } from '../../netfilter/condition.ts'
import type { Statement } from '../../netfilter/statement.ts'
import type { Chain, Rule } from '../../netfilter/ruleset.ts'
import type { ChainTraversal, RuleStep } from './trail.ts'

/**
 * Matches whose answer rests on the packet alone, by how their options begin. All others may count, remember, look at a
 * clock or roll dice: those answer alike only in the same place, behind the same rules.
 */
const ofPacketAlone = new RegExp(
  `^--?(?:${[
    ...['ttl', 'hl', 'length', 'mac', 'dscp', 'tos', 'ecn', 'pkt-type', 'mss', 'u32', 'realm', 'bytecode'],
    ...['ahspi', 'ahlen', 'espspi', 'fragid', 'fraglen', 'hbh', 'dst-len', 'dst-opts', 'rt-', 'header', 'mh-type'],
    ...['algo', 'string', 'hex-string', 'from', 'to', 'icase', 'src-group', 'dst-group', 'physdev', 'ipcompspi'],
    ...['genre', 'uid-owner', 'gid-owner'],
  ].join('|')})`,
)

/**
 * One text for what a rule asks of a packet and nobody knows: equal texts have equal answers.
 * @param step the rule's, whose other conditions hold.
 */
export function suppositionOf(step: RuleStep, chain: Chain, { packet, trail: { steps } }: ChainTraversal): string {
  const asked = step.answers.flatMap(({ truth, condition }) => (truth === 'unknown' ? condition : []))
  const isOfPacket = asked.every(
    ({ asked: { subject }, ...question }) => isOpaque(question) && ofPacketAlone.test(subject),
  )
  // What is not followed here, such as the DSCP, may have been changed by them.
  const changed = steps.flatMap(({ truth, rule }) =>
    truth !== false && rule.statements.some(changesHeader) ? doneBy(rule) : [],
  )
  return JSON.stringify([
    ...[step.hook, step.packet, asked.map(textOf), { ...packet, socket: packet.socket?.at }, changed],
    ...(isOfPacket ? [] : [step.table, chain.base === undefined ? chain.name : '', before(step.number, chain)]),
  ])
}

const isOpaque = (question: Question): boolean =>
  question.kind === 'unknown' || question.kind === 'account' || (question.kind === 'field' && question.field === 'tos')

const changesHeader = ({ kind }: Statement): boolean => kind === 'continue' || kind === 'hop-limit' || kind === 'tos'

/** What a rule does, as its text has it: a statement says less than that where nobody here asks for more. */
const doneBy = ({ origin: { text } }: Rule): string => / -[jg] .*$/.exec(` ${text}`)?.[0] ?? ''

/** The chain's rules up to one, however they are commented, but for those that only count: all packets go on there. */
const before = (number: number, { rules }: Chain): string[] =>
  rules
    .slice(0, number)
    .filter((rule, index) => index === number - 1 || !onlyCounts(rule))
    .map((rule) => [...rule.conditions.filter(says).map(textOf), doneBy(rule)].join(' '))

/** What is not known may be what it remembers, for others to ask. */
const onlyCounts = ({ conditions, statements }: Rule): boolean =>
  statements.every(({ kind }) => kind === 'log') && conditions.every(({ kind }) => kind !== 'unknown')

const says = ({ kind }: Condition): boolean => kind !== 'comment'
