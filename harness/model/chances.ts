import type { ConcreteFlow } from '../flow/flow.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import { emptyRuleset } from '../netfilter/ruleset.ts'
import type { Interval } from '../netfilter/interval-set.ts'
import type { NetworkStack } from './stack/network-stack.ts'
import { type Prediction, predict } from './predict.ts'
import type { RuleStep } from './rules/trail.ts'
import { addressNumber, addressOfNumber } from '../netfilter/wide-values.ts'
import type { Family } from '../core/address.ts'
import { type Drawn, drawnIn } from './drawn-ports.ts'
import { withAddress, withChance, withPorts } from './rules/without-rule.ts'

/** One of the ways that a flow may go where rules leave it to chance. */
export interface Outcome {
  /** How often of all, from 0 to 1. */
  share: number
  prediction: Prediction
}

/** What has not been taken yet, and the rule that leaves it to chance next. */
interface Rest {
  share: number
  ruleset: Ruleset
  step: RuleStep
}

/** A service of a hundred endpoints is one rule each; nobody reads more outcomes. */
const mostOutcomes = 16
/** Parts of what a port may be that are followed. */
const mostDraws = 64

/**
 * What may become of a flow whose fate rules of nat leave to chance: they are asked once for each connection, so that
 * each answer is one outcome. @returns none where something else is unknown as well, or where a connection that the
 * proxy dials is asked by the same rule: the answer may then be another one.
 */
export function outcomesOf(
  flow: ConcreteFlow,
  prediction: Prediction,
  ruleset: Ruleset,
  stack: NetworkStack,
): Outcome[] {
  const drawn = drawnIn(prediction, mostOutcomes)
  if (drawn !== undefined) return ofDrawn(flow, drawn, ruleset, stack)
  const range = rangeIn(prediction, flow.family)
  if (range !== undefined) return ofRange(flow, range, ruleset, stack)
  const open = chanceIn(prediction)
  if (open === undefined) return []
  const outcomes: Outcome[] = []
  const asked: RuleStep[] = []
  let rest: Rest | undefined = { share: 1, ruleset, step: open }
  while (rest !== undefined) {
    const { share, ruleset: settled, step }: Rest = rest
    asked.push(step)
    const chance = step.answers.find(
      ({ condition, truth }) => condition.kind === 'chance' && truth === 'unknown',
    )?.condition
    if (chance?.kind !== 'chance' || outcomes.length >= mostOutcomes) return []
    const taken = predicted(flow, withChance(settled, step, chance, true), stack)
    const without = withChance(settled, step, chance, false)
    const otherwise = predicted(flow, without, stack)
    if ('unknown' in taken) return []
    outcomes.push({ share: share * chance.share, prediction: taken })
    const left: number = share * (1 - chance.share)
    const next = chanceIn(otherwise)
    if (next === undefined) {
      if ('unknown' in otherwise) return []
      outcomes.push({ share: left, prediction: otherwise })
      rest = undefined
    } else rest = { share: left, ruleset: without, step: next }
  }
  return outcomes.some(({ prediction }) => asksAgain(prediction, asked)) ? [] : outcomes
}

/** Whether rules that leave it to chance are asked about what the proxy dials on, too. */
function asksAgain({ attempts: [, ...others] }: Prediction, asked: readonly RuleStep[]): boolean {
  return others.some(({ steps }) =>
    steps.some(({ table, chain, number }) =>
      asked.some((step) => step.table === table && step.chain === chain && step.number === number),
    ),
  )
}

/** A rule that translates to any of several addresses, on which a prediction failed. */
function rangeIn(prediction: Prediction, family: Family): { step: RuleStep; addresses: string[] } | undefined {
  const step = 'unknown' in prediction ? prediction.last?.steps.at(-1) : undefined
  if (step?.truth !== true) return undefined
  for (const statement of step.rule.statements) {
    if ((statement.kind !== 'dnat' && statement.kind !== 'snat') || statement.addresses === undefined) continue
    const [first, last] = [addressNumber(statement.addresses.first), addressNumber(statement.addresses.last)]
    const count = Number(last - first) + 1
    if (count < 2 || count > mostOutcomes) return undefined
    return { step, addresses: Array.from({ length: count }, (_, at) => addressOfNumber(first + BigInt(at), family)) }
  }
  return undefined
}

function ofRange(
  flow: ConcreteFlow,
  { step, addresses }: { step: RuleStep; addresses: readonly string[] },
  ruleset: Ruleset,
  stack: NetworkStack,
): Outcome[] {
  const outcomes = addresses.map((address) => ({
    share: 1 / addresses.length,
    prediction: predicted(flow, withAddress(ruleset, step, address), stack),
  }))
  const isKnown = outcomes.every(({ prediction }) => 'predicted' in prediction && !asksAgain(prediction, [step]))
  return isKnown ? outcomes : []
}

/** One outcome for each behaviour, whichever ports lead to it. */
function ofDrawn(flow: ConcreteFlow, drawn: Drawn, ruleset: Ruleset, stack: NetworkStack): Outcome[] {
  const byFate = new Map<string, Outcome>()
  const open: { share: number; drawn: Drawn; ruleset: Ruleset }[] = [{ share: 1, drawn, ruleset }]
  let tried = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { step, range, parts } = next.drawn
    if (parts.length === 0) return []
    for (const part of parts) {
      tried += 1
      const settled = withPorts(next.ruleset, step, part)
      const prediction = predicted(flow, settled, stack)
      const share = next.share * (sizeOf(part) / sizeOf(range))
      const again = drawnIn(prediction, mostOutcomes)
      if (again !== undefined) open.push({ share, drawn: again, ruleset: settled })
      else if ('unknown' in prediction || tried > mostDraws || asksAgain(prediction, [step])) return []
      else {
        const fate = JSON.stringify(prediction.predicted)
        byFate.set(fate, { prediction, share: share + (byFate.get(fate)?.share ?? 0) })
      }
    }
  }
  return [...byFate.values()]
}

const sizeOf = ({ first, last }: Interval<number>): number => last - first + 1

/** Whether a prediction failed on a rule that asks for a chance or a drawn port, or takes one of several addresses. */
export const isLeftToChance = (prediction: Prediction): boolean =>
  'unknown' in prediction &&
  (drawnIn(prediction, mostOutcomes) !== undefined ||
    rangeIn(prediction, prediction.last?.flow.family ?? 'ipv4') !== undefined ||
    prediction.last?.steps
      .at(-1)
      ?.answers.some(({ condition, truth }) => condition.kind === 'chance' && truth === 'unknown') === true)

/**
 * The rule on which a prediction failed, where it is one of nat's that asks for a chance, and for nothing else that is
 * unknown.
 */
function chanceIn(prediction: Prediction): RuleStep | undefined {
  if (!('unknown' in prediction)) return undefined
  const step = prediction.last?.steps.at(-1)
  if (step?.truth !== 'unknown' || step.type !== 'nat') return undefined
  const open = step.answers.filter(({ truth }) => truth === 'unknown')
  return open.length === 1 && open[0]?.condition.kind === 'chance' ? step : undefined
}

function predicted(flow: ConcreteFlow, ruleset: Ruleset, stack: NetworkStack): Prediction {
  const { family } = flow
  const rulesets = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6'), [family]: ruleset }
  return predict(flow, rulesets, stack, { keeps: 'telling' })
}

/** `one in 3`, or a percentage where that is no whole number. */
export function shareInWords(share: number): string {
  const of = Math.round(1 / share)
  return share > 0 && Math.abs(share * of - 1) < 0.01
    ? `one in ${of}`
    : `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`
}
