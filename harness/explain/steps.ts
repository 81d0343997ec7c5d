import { textOf } from '../netfilter/condition.ts'
import { does } from '../netfilter/does.ts'
import type { Rule, Ruleset, Table } from '../netfilter/ruleset.ts'
import type { Attempt } from '../model/path/connection-attempt.ts'
import { isTracking } from '../model/packet/tracking.ts'
import type { Stage } from '../model/packet/stage.ts'
import { type Ending, isDrop, type RuleStep } from '../model/rules/trail.ts'
import { effectOf } from './effect.ts'
import { bounded, folded, type Fold, type Row } from './folding.ts'

/** More than the longest chains of real rulesets that people have asked about. */
export const mostSteps = 10_000

/** How many of the tried rules are shown. */
interface Telling {
  isVerbose: boolean
  /** How many rows fit, if not all are shown. */
  most: number
  /** Steps that are always shown. */
  kept: ReadonlySet<unknown>
}

/**
 * The rules that the first packet was held against, in order, each with its answer; those of answers only where they
 * stop one or decide.
 */
export function rulesTried(
  { steps, endings }: Attempt,
  ruleset: Ruleset,
  { isVerbose, most, kept }: Telling,
): string[] {
  if (ruleset.tables.size === 0 && endings.length === 0) return [`There are no rules for ${ruleset.family}.`]
  const entries = [...steps.entries()].flatMap(([index, step]) => [...endingsAt(endings, index), step])
  const rows = rowsOf([...entries, ...endingsAt(endings, steps.length)], kept)
  const shown = isVerbose ? bounded(rows, mostSteps, kept) : bounded(folded(rows), most, kept)
  const lines = linesOf(shown, isVerbose)
  const untracked = isNatIdle(ruleset) ? ['  nat is not asked: no rule here needs connection tracking'] : []
  return [...(lines.length === 0 ? ['It meets no rule.'] : lines), ...untracked]
}

const isNatIdle = (ruleset: Ruleset): boolean =>
  isTracking(ruleset) === false &&
  [...ruleset.tables.values()].some(
    (table) => isOfNat(table) && [...table.chains.values()].some(({ rules }) => rules.length > 0),
  )

const isOfNat = ({ chains }: Table): boolean => [...chains.values()].some(({ base }) => base?.type === 'nat')

/** A policy is worth a word where a rule might have spoken, or where it drops. */
function endingsAt(endings: readonly Ending[], after: number): Ending[] {
  const hasRules = (ending: Ending): boolean => 'chain' in ending && ending.chain.rules.length > 0
  return endings.filter(
    (ending) => ending.after === after && (isDrop(ending) || (ending.packet === 'first' && hasRules(ending))),
  )
}

const packets: Readonly<Record<Stage, string>> = {
  first: '',
  answer: ', the answer on its way back',
  acknowledgement: ', what the sender says to the answer',
}

function rowsOf(entries: readonly (RuleStep | Ending)[], kept: ReadonlySet<unknown>): Row[] {
  /** Which chain a chain was entered from, as far as the packet has come. */
  const callers = new Map<string, string | undefined>()
  return entries.flatMap((each) => ('rule' in each ? stepRow(each, callers, kept.has(each)) : endingRow(each)))
}

function stepRow(step: RuleStep, callers: Map<string, string | undefined>, isKept: boolean): Row[] {
  const { hook, table, chain, number, rule, truth, answers, packet } = step
  for (const statement of truth === true ? rule.statements : []) {
    if (statement.kind === 'jump') callers.set(statement.chain, chain)
    if (statement.kind === 'goto') callers.set(statement.chain, callers.get(chain))
  }
  if (packet !== 'first' && !isKept && !(truth === true && does(rule, 'drop', 'reject', 'tproxy'))) return []
  const caller = chain === hook ? undefined : callers.get(chain)
  return [
    {
      of: step,
      place: `${table} ${chain}${chain === hook ? '' : `, from ${hook}`}${packets[packet]}`,
      word: truth === 'unknown' ? '?' : truth ? 'yes' : 'no',
      number,
      text: () => [
        rule.origin.text || '(nothing)',
        truth === true ? whyMatched(rule, answers, caller) : whyNot(truth, answers),
      ],
    },
  ]
}

function endingRow(ending: Ending): Row {
  const { hook, packet } = ending
  if ('why' in ending)
    return {
      of: ending,
      place: `the kernel itself, at ${hook}${packets[packet]}`,
      word: '',
      text: () => [`it is dropped: ${ending.why}`],
    }
  const policy = ending.policy === 'drop' ? 'drops it' : 'lets it pass'
  return {
    of: ending,
    place: `${ending.table} ${hook}${packets[packet]}`,
    word: 'end',
    text: () => [`no rule ends it, and the policy ${policy}`],
  }
}

function linesOf(shown: readonly (Row | Fold)[], isVerbose: boolean): string[] {
  let last = ''
  return shown.flatMap((each) => {
    if ('leftOut' in each) {
      last = ''
      return [`  … and ${each.leftOut.toLocaleString('en')} more${isVerbose ? '' : '; --verbose tells them'}`]
    }
    const head = each.place === last ? [] : [`  ${each.place}`]
    last = each.place
    if ('count' in each)
      return [
        ...head,
        `    no  ${`${each.first}–${each.last}`.padStart(5)}  ${each.count.toLocaleString('en')} rules that do not match`,
      ]
    const [text = '', why] = each.text()
    return [
      ...head,
      `    ${each.word.padEnd(4)}${String(each.number ?? '').padStart(3)}  ${text}`,
      ...(why === undefined ? [] : [`               ${why}`]),
    ]
  })
}

function whyMatched(rule: Rule, answers: RuleStep['answers'], caller: string | undefined): string {
  const facts = answers
    .filter(({ condition }) => condition.kind !== 'comment')
    .map(({ condition, actual }) => `${condition.asked.subject} is ${actual}`)
  return `${facts.length === 0 ? 'it asks nothing' : facts.join(', ')}: ${effectOf(rule, caller)}`
}

function whyNot(truth: RuleStep['truth'], answers: RuleStep['answers']): string {
  const decisive = answers.filter((answer) =>
    truth === 'unknown' ? answer.truth === 'unknown' : answer.truth === false,
  )
  return decisive
    .map(({ condition, actual }) =>
      truth === 'unknown' ? `${condition.asked.subject}: ${actual}` : `${textOf(condition)}, but it is ${actual}`,
    )
    .join('; ')
}
