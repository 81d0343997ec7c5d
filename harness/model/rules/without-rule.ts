import type { Condition } from '../../netfilter/condition.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import type { Rule, Ruleset } from '../../netfilter/ruleset.ts'
import { isTranslation } from '../../netfilter/statement.ts'
import { shareStations } from '../../netfilter/stations.ts'
import { shareTracking } from '../packet/tracking.ts'
import { shareLongChain } from './long-chain.ts'
import type { RuleStep } from './trail.ts'

const known = new WeakMap<Ruleset, Map<Rule, Ruleset>>()
/** Of how many rules it is remembered what a ruleset is without them: each is a copy of a chain. */
const mostKnown = 64

/** The ruleset without a step's rule: the same one, as a rule is tried for many flows. */
export function withoutRule(ruleset: Ruleset, { table, chain, rule }: RuleStep): Ruleset {
  const byRule = known.get(ruleset) ?? new Map<Rule, Ruleset>()
  known.set(ruleset, byRule)
  const found = byRule.get(rule) ?? leaveOut(ruleset, { table, chain, rule })
  if (byRule.size >= mostKnown) byRule.clear()
  byRule.set(rule, found)
  return found
}

function leaveOut(ruleset: Ruleset, { table, chain, rule }: Pick<RuleStep, 'table' | 'chain' | 'rule'>): Ruleset {
  const found = withRules(ruleset, table, chain, (rules) => rules.toSpliced(rules.indexOf(rule), 1))
  const [whole, own] = [ruleset, found].map(({ tables }) => tables.get(table)?.chains.get(chain))
  if (whole === undefined || own === undefined) return found
  shareLongChain(own, { whole, gone: rule })
  shareTracking(found, ruleset, rule)
  return found
}

/** The ruleset with a step's rule no longer asking one thing. */
export function withoutCondition(ruleset: Ruleset, { table, chain, rule }: RuleStep, condition: Condition): Ruleset {
  const relaxed: Rule = { ...rule, conditions: rule.conditions.filter((other) => other !== condition) }
  return withRuleAs(ruleset, { table, chain, rule }, relaxed)
}

/** The ruleset with a chance that a step's rule asks for taken always or never. */
export function withChance(
  ruleset: Ruleset,
  { table, chain, rule }: RuleStep,
  condition: Condition,
  isTaken: boolean,
): Ruleset {
  const settled = (other: Condition): Condition =>
    other === condition ? { ...other, kind: 'chance', share: isTaken ? 1 : 0 } : other
  const decided: Rule = { ...rule, conditions: rule.conditions.map(settled) }
  return withRuleAs(ruleset, { table, chain, rule }, decided)
}

/** The ruleset with a step's rule translating to one address, in place of any of several. */
export function withAddress(ruleset: Ruleset, { table, chain, rule }: RuleStep, address: string): Ruleset {
  const statements = rule.statements.map((statement) =>
    statement.kind === 'dnat' || statement.kind === 'snat'
      ? { ...statement, addresses: { first: address, last: address } }
      : statement,
  )
  const decided: Rule = { ...rule, statements }
  return withRuleAs(ruleset, { table, chain, rule }, decided)
}

/** The ruleset with a step's rule translating to fewer of the ports that the kernel may draw. */
export function withPorts(ruleset: Ruleset, { table, chain, rule }: RuleStep, ports: Interval<number>): Ruleset {
  const statements = rule.statements.map((statement) =>
    isTranslation(statement) ? { ...statement, ports, random: true } : statement,
  )
  const decided: Rule = { ...rule, statements }
  return withRuleAs(ruleset, { table, chain, rule }, decided)
}

/** The ruleset with a rule changed, but for whether it needs connections to be tracked. */
function withRuleAs(
  ruleset: Ruleset,
  { table, chain, rule }: Pick<RuleStep, 'table' | 'chain' | 'rule'>,
  changed: Rule,
): Ruleset {
  const found = withRules(ruleset, table, chain, (rules) => rules.map((other) => (other === rule ? changed : other)))
  shareTracking(found, ruleset)
  return found
}

/** The ruleset with one chain's rules changed. */
function withRules(
  ruleset: Ruleset,
  tableName: string,
  chainName: string,
  change: (rules: readonly Rule[]) => readonly Rule[],
): Ruleset {
  const table = ruleset.tables.get(tableName)
  const chain = table?.chains.get(chainName)
  if (table === undefined || chain === undefined) return ruleset
  const chains = new Map(table.chains).set(chain.name, { ...chain, rules: change(chain.rules) })
  const changed = { ...ruleset, tables: new Map(ruleset.tables).set(table.name, { ...table, chains }) }
  // A node has thousands of chains: they are not all looked through again for one.
  shareStations(changed, ruleset, tableName)
  return changed
}
