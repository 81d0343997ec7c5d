import { formatAddressPort } from '../core/address.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { printCondition, printRule } from '../iptables/print.ts'
import type { Ruleset } from '../iptables/tree.ts'
import type { Dialled } from '../model/dial.ts'
import type { Outcome } from '../model/outcome.ts'
import { outcomeWithout, turningPoints } from '../model/near-misses.ts'
import type { Step } from '../model/trail.ts'
import type { World } from '../model/world.ts'
import { describeStation } from '../report/words.ts'

/** How many near misses are tried for what would change the verdict, and how many are told. */
const mostNearMisses = 100
const mostTold = 10

/** What would make the flow's own connection end otherwise: the rule that decides gone, or another one's single condition met. */
export function changes(flow: ConcreteFlow, first: Dialled, ruleset: Ruleset, world: World): string[] {
  const { points, untried } = turningPoints(flow, ruleset, world, first, mostNearMisses)
  const told = points
    .slice(0, mostTold)
    .flatMap(({ step, condition, actual, outcome }) => [
      placeOf(step),
      `    it asks for ${printCondition(condition)}, and the flow has ${actual}; had that matched, ${describeOutcome(outcome)}`,
    ])
  const rest = points.length - mostTold
  const lines = [...withoutDeciding(flow, first, ruleset, world), ...told, ...(rest > 0 ? [`  … and ${rest} more rules like these`] : [])]
  const unknown = untried === 0 ? [] : [`  … and ${untried} more rules that failed on one condition were not looked into`]
  if (lines.length + unknown.length > 0) return ['What would change it:', ...lines, ...unknown]
  return ['No rule that was tried came within one condition of changing that.']
}

function withoutDeciding(flow: ConcreteFlow, first: Dialled, ruleset: Ruleset, world: World): string[] {
  const step = first.deciding
  if (step === undefined) return []
  const outcome = outcomeWithout(flow, ruleset, world, first, step)
  const otherwise = outcome === undefined ? 'another rule would do the same, or nobody knows what would be' : describeOutcome(outcome)
  return [placeOf(step), `    it decides; were it not there, ${otherwise}`]
}

const placeOf = ({ table, chain, number, rule }: Step): string => `  ${table} ${chain} rule ${number}: ${printRule(rule)}`

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'dropped') return 'it would be dropped'
  if (outcome.kind === 'refused') return `the ${outcome.by} would refuse it`
  return `the ${describeStation(outcome.at)} would get it at ${formatAddressPort(outcome.local)}`
}
