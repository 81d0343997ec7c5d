import { formatAddressPort } from '../core/address.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { decidingRule } from '../flow/matched-rule.ts'
import { printCondition, printRule } from '../iptables/print.ts'
import type { Ruleset } from '../iptables/tree.ts'
import type { Dialled, Outcome } from '../model/dial.ts'
import { outcomeWithout, turningPoints } from '../model/near-misses.ts'
import type { Step } from '../model/walk.ts'
import type { World } from '../model/world.ts'
import { describeStation } from '../report/words.ts'
import { predictedRules } from '../run/decided-by.ts'

/** How many near misses are tried for what would change the verdict, and how many are told. */
const mostNearMisses = 100
const mostTold = 10

/** What would make the flow's own connection end otherwise: the rule that decides gone, or another one's single condition met. */
export function changes(flow: ConcreteFlow, first: Dialled, ruleset: Ruleset, world: World): string[] {
  const points = turningPoints(flow, ruleset, world, first, mostNearMisses)
  const told = points
    .slice(0, mostTold)
    .flatMap(({ step, condition, actual, outcome }) => [
      placeOf(step),
      `    it asks for ${printCondition(condition)}, and the flow has ${actual}; had that matched, ${describeOutcome(outcome)}`,
    ])
  const rest = points.length - mostTold
  const lines = [...withoutDeciding(flow, first, ruleset, world), ...told, ...(rest > 0 ? [`  … and ${rest} more rules like these`] : [])]
  return lines.length === 0 ? ['No rule that was tried came within one condition of changing that.'] : ['What would change it:', ...lines]
}

function withoutDeciding(flow: ConcreteFlow, first: Dialled, ruleset: Ruleset, world: World): string[] {
  const deciding = decidingRule(predictedRules({ dials: [first] }))
  const step = first.steps.find(
    ({ hook, table, chain, number, packet }) =>
      packet === 'first' && hook === deciding?.hook && table === deciding.table && chain === deciding.chain && number === deciding.rule,
  )
  if (step === undefined) return []
  const outcome = outcomeWithout(flow, ruleset, world, first, step)
  return outcome === undefined ? [] : [placeOf(step), `    it decides; were it not there, ${describeOutcome(outcome)}`]
}

const placeOf = ({ table, chain, number, rule }: Step): string => `  ${table} ${chain} rule ${number}: ${printRule(rule)}`

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'dropped') return 'it would be dropped'
  if (outcome.kind === 'refused') return `the ${outcome.by} would refuse it`
  return `the ${describeStation(outcome.at)} would get it at ${formatAddressPort(outcome.local)}`
}
