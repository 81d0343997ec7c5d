import { fieldQuestions } from '../../netfilter/field-questions.ts'
import type { Chain, Rule, Ruleset } from '../../netfilter/ruleset.ts'

/**
 * Whether rules ask where an answer goes that the pod sends: that is where the flow itself comes from. Chains of nat
 * see no answers (nf_nat_inet_fn in net/netfilter/nf_nat_core.c).
 */
export const asksWhereAnswersGo = ({ tables }: Ruleset): boolean =>
  [...tables.values()].some(({ chains }) => answering(chains).some(({ rules }) => rules.some(asksDestination)))

/** The chains that an answer of the pod's may come through. */
function answering(chains: ReadonlyMap<string, Chain>): Chain[] {
  const found = new Set(
    [...chains.values()].filter(
      ({ base }) =>
        base !== undefined && base.type !== 'nat' && (base.hook === 'OUTPUT' || base.hook === 'POSTROUTING'),
    ),
  )
  for (const { rules } of found)
    for (const { statements } of rules)
      for (const statement of statements) {
        const next = statement.kind === 'jump' || statement.kind === 'goto' ? chains.get(statement.chain) : undefined
        if (next !== undefined) found.add(next)
      }
  return [...found]
}

const asksDestination = ({ conditions }: Rule): boolean =>
  conditions.some(
    (condition) =>
      fieldQuestions(condition).some(({ field }) => field === 'daddr') ||
      (condition.kind === 'address-type' && condition.side === 'destination'),
  )
