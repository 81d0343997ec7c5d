import { printCondition, printRule } from '../iptables/print.ts'
import type { Rule, Ruleset, Target } from '../iptables/tree.ts'
import type { Tried } from '../model/dial.ts'
import { isTracking } from '../model/tracking.ts'
import type { Stage } from '../model/stage.ts'
import type { Ending, Step } from '../model/trail.ts'
import { effectOf } from './explain-effect.ts'

/** More than the longest chains of real rulesets that people have asked about. */
const mostTold = 10_000

/** The rules that the first packet was held against, in order, each with its answer; those of answers only where they stop one. */
export function rulesTried({ steps, endings }: Tried, ruleset: Ruleset): string[] {
  if (ruleset.tables.size === 0 && endings.length === 0) return [`There are no rules for ${ruleset.family}.`]
  const told = [...steps.entries()].flatMap(([index, step]) => [...endingsAt(endings, index, ruleset), step])
  const lines = new Lines()
  const all = [...told, ...endingsAt(endings, steps.length, ruleset)]
  const untold = all.length - mostTold
  for (const each of all.slice(0, mostTold)) lines.add(each)
  if (untold > 0) lines.skip(untold)
  const untracked = isNatIdle(ruleset) ? ['  nat is not asked: no rule here needs connection tracking'] : []
  return [...(lines.all.length === 0 ? ['It meets no rule.'] : lines.all), ...untracked]
}

const isNatIdle = (ruleset: Ruleset): boolean =>
  isTracking(ruleset) === false && [...(ruleset.tables.get('nat')?.chains.values() ?? [])].some(({ rules }) => rules.length > 0)

/** A policy is worth a word where a rule might have spoken, or where it drops. */
function endingsAt(endings: readonly Ending[], after: number, { tables }: Ruleset): Ending[] {
  const hasRules = (ending: Ending): boolean =>
    'table' in ending && (tables.get(ending.table)?.chains.get(ending.hook)?.rules.length ?? 0) > 0
  return endings.filter((ending) => ending.after === after && (isDrop(ending) || (ending.packet === 'first' && hasRules(ending))))
}

const isDrop = (ending: Ending): boolean => 'why' in ending || ending.policy === 'DROP'

const packets: Readonly<Record<Stage, string>> = {
  first: '',
  answer: ', the answer on its way back',
  acknowledgement: ', what the sender says to the answer',
}

class Lines {
  readonly all: string[] = []
  #place = ''
  /** Which chain a chain was entered from, as far as the packet has come. */
  readonly #callers = new Map<string, string | undefined>()

  add(each: Step | Ending): void {
    if ('rule' in each) this.#addStep(each)
    else this.#addEnding(each)
  }

  skip(count: number): void {
    this.all.push(`  … and ${count} more`)
  }

  #addStep(step: Step): void {
    const { hook, table, chain, number, rule, truth, answers, packet } = step
    const { target } = rule
    if (truth === true && target?.kind === 'jump') this.#callers.set(target.chain, chain)
    if (truth === true && target?.kind === 'goto') this.#callers.set(target.chain, this.#callers.get(chain))
    if (packet !== 'first' && !(truth === true && isEnd(target))) return
    this.#head(`${table} ${chain}${chain === hook ? '' : `, from ${hook}`}${packets[packet]}`)
    const word = truth === 'unknown' ? '?' : truth ? 'yes' : 'no'
    const why = truth === true ? whyMatched(rule, answers, chain === hook ? undefined : this.#callers.get(chain)) : whyNot(truth, answers)
    this.#row(word, String(number), printRule(rule) || '(nothing)', why)
  }

  #addEnding(ending: Ending): void {
    const { hook, packet } = ending
    if ('why' in ending) {
      this.#head(`the kernel itself, at ${hook}${packets[packet]}`)
      this.#row('', '', `it is dropped: ${ending.why}`)
      return
    }
    this.#head(`${ending.table} ${hook}${packets[packet]}`)
    this.#row(
      'end',
      '',
      ending.policy === 'DROP' ? 'no rule ends it, and the policy drops it' : 'no rule ends it, and the policy lets it pass',
    )
  }

  #head(place: string): void {
    if (place !== this.#place) this.all.push(`  ${place}`)
    this.#place = place
  }

  #row(word: string, number: string, text: string, why?: string): void {
    this.all.push(`    ${word.padEnd(4)}${number.padStart(3)}  ${text}`)
    if (why !== undefined) this.all.push(`               ${why}`)
  }
}

const isEnd = (target: Target | undefined): boolean => ['drop', 'reject', 'tproxy'].includes(target?.kind ?? '')

function whyMatched(rule: Rule, answers: Step['answers'], caller: string | undefined): string {
  const facts = answers
    .filter(({ condition }) => condition.kind !== 'comment')
    .map(({ condition, actual }) => `${condition.option} is ${actual}`)
  return `${facts.length === 0 ? 'it asks nothing' : facts.join(', ')}: ${effectOf(rule.target, caller)}`
}

function whyNot(truth: Step['truth'], answers: Step['answers']): string {
  const decisive = answers.filter((answer) => (truth === 'unknown' ? answer.truth === 'unknown' : answer.truth === false))
  return decisive
    .map(({ condition, actual }) =>
      truth === 'unknown' ? `${condition.option}: ${actual}` : `${printCondition(condition)}, but it is ${actual}`,
    )
    .join('; ')
}
