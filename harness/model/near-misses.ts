import type { Condition, Rule, Ruleset } from '../iptables/tree.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { dial, type Dialled, type Outcome } from './dial.ts'
import { Unpredictable } from './unpredictable.ts'
import type { Step } from './walk.ts'
import type { World } from './world.ts'

/** A rule that failed on exactly one condition. */
export interface NearMiss {
  step: Step
  condition: Condition
  /** What the packet had in its place. */
  actual: string
}

/** The rules that a flow missed by one condition, in the order in which they were tried. */
export function nearMisses(steps: readonly Step[]): NearMiss[] {
  return steps.flatMap((step) => {
    const failed = step.answers.filter(({ truth }) => truth === false)
    const [only] = failed
    const isCertain = step.answers.every(({ truth }) => truth !== 'unknown')
    return only !== undefined && failed.length === 1 && isCertain ? [{ step, condition: only.condition, actual: only.actual }] : []
  })
}

/** A near miss, and what would become of the flow if that one condition were met. */
export type TurningPoint = NearMiss & { outcome: Outcome }

/**
 * The near misses that matter: had the condition been met, the flow's own connection would have ended otherwise.
 * @param most how many near misses are tried.
 */
export function turningPoints(
  flow: ConcreteFlow,
  ruleset: Ruleset,
  world: World,
  { outcome, steps }: Dialled,
  most: number,
): TurningPoint[] {
  const first = steps.filter(({ packet }) => packet === 'first')
  return nearMisses(first)
    .slice(0, most)
    .flatMap((miss) => {
      const other = outcomeOf(flow, withoutCondition(ruleset, miss), world)
      return other === undefined || isSame(other, outcome) ? [] : [{ ...miss, outcome: other }]
    })
}

/** What would become of the flow without a rule that it matched; undefined where that is the same, or nobody can tell. */
export function outcomeWithout(flow: ConcreteFlow, ruleset: Ruleset, world: World, { outcome }: Dialled, step: Step): Outcome | undefined {
  const other = outcomeOf(
    flow,
    withRules(ruleset, step, (rules) => rules.filter((rule) => rule !== step.rule)),
    world,
  )
  return other === undefined || isSame(other, outcome) ? undefined : other
}

function outcomeOf(flow: ConcreteFlow, ruleset: Ruleset, world: World): Outcome | undefined {
  try {
    return dial(flow, ruleset, world).outcome
  } catch (thrown) {
    if (thrown instanceof Unpredictable) return undefined
    throw thrown
  }
}

const isSame = (a: Outcome, b: Outcome): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The ruleset with that rule no longer asking what the flow failed on. */
function withoutCondition(ruleset: Ruleset, { step, condition }: NearMiss): Ruleset {
  const keep = (other: Condition): boolean => other !== condition
  const relaxed: Rule = {
    ...step.rule,
    conditions: step.rule.conditions.filter(keep),
    matches: step.rule.matches.map((match) => ({ ...match, conditions: match.conditions.filter(keep) })),
  }
  return withRules(ruleset, step, (rules) => rules.map((rule) => (rule === step.rule ? relaxed : rule)))
}

/** The ruleset with one chain's rules changed: that of a step. */
function withRules(ruleset: Ruleset, step: Step, change: (rules: readonly Rule[]) => Rule[]): Ruleset {
  const table = ruleset.tables.get(step.table)
  const chain = table?.chains.get(step.chain)
  if (table === undefined || chain === undefined) return ruleset
  const chains = new Map(table.chains).set(chain.name, { ...chain, rules: change(chain.rules) })
  return { ...ruleset, tables: new Map(ruleset.tables).set(table.name, { ...table, chains }) }
}
