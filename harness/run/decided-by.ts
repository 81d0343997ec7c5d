import type { FlowResult, TracedRule } from '../agent/protocol.ts'
import type { Family } from '../core/address.ts'
import { type DecidedBy, divergence, type MatchedRule } from '../flow/matched-rule.ts'
import { printTarget } from '../iptables/print-target.ts'
import { printRule } from '../iptables/print.ts'
import type { Rule, Ruleset } from '../iptables/tree.ts'
import type { Prediction } from '../model/predict.ts'
import type { LoadedRules } from './loaded-rules.ts'

type Description = Pick<MatchedRule, 'text' | 'target' | 'comment'>

/** The rules that a flow matched by the kernel's trace and by the model, and why the first are not there if they are not. */
export function decidedBy(
  { traced }: Pick<FlowResult, 'traced'>,
  prediction: Prediction,
  family: Family,
  loaded: LoadedRules,
): DecidedBy & { untraced?: string } {
  const observed = 'unread' in loaded ? { untraced: loaded.unread } : 'untraced' in traced ? traced : join(traced, loaded.rulesets[family])
  const predicted = 'unknown' in prediction || isInDoubt(prediction) ? undefined : predictedRules(prediction)
  const untraced = 'untraced' in observed ? observed : { observed }
  const divergesAt = 'untraced' in observed || predicted === undefined ? undefined : divergence(observed, predicted)
  return { ...untraced, ...(predicted && { predicted }), ...(divergesAt !== undefined && { divergesAt }) }
}

/** What stands where the kernel says that packets matched. */
function join(traced: readonly TracedRule[], { tables }: Ruleset): MatchedRule[] | { untraced: string } {
  const matched: MatchedRule[] = []
  for (const { mayBeEnd, ...place } of traced) {
    const { table, chain, rule: number } = place
    const rules = [...tables.values()].find(({ name }) => name === table)?.chains.get(chain)?.rules ?? []
    const rule = rules[number - 1]
    if (rule !== undefined) matched.push({ ...place, ...describe(chain, rule) })
    else if (!mayBeEnd || number !== rules.length + 1)
      return { untraced: `the kernel traced rule ${number} of ${table} ${chain}, and as it was read that chain has ${rules.length}` }
  }
  return matched
}

/** A rule that decides nothing does not stand in the way of a prediction, but whether it matched is not known either. */
const isInDoubt = ({ dials }: Prediction): boolean =>
  dials.some(({ steps }) => steps.some(({ truth, packet }) => truth === 'unknown' && packet === 'first'))

/** What each connection's first packet matched, of all that the model has tried. */
export function predictedRules({ dials }: Pick<Prediction, 'dials'>): MatchedRule[] {
  return dials.flatMap(({ steps }, connection) =>
    steps
      .filter(({ truth, packet }) => truth === true && packet === 'first')
      .map(({ hook, table, chain, number, rule }) => ({ connection, hook, table, chain, rule: number, ...describe(chain, rule) })),
  )
}

const descriptions = new WeakMap<Rule, Description>()

function describe(chain: string, rule: Rule): Description {
  const known = descriptions.get(rule)
  if (known !== undefined) return known
  const comment = [...rule.conditions, ...rule.matches.flatMap(({ conditions }) => conditions)].find(({ kind }) => kind === 'comment')
  const described: Description = {
    text: `-A ${chain} ${printRule(rule)}`.trimEnd(),
    ...(rule.target && { target: printTarget(rule.target).split(' ')[1] ?? '' }),
    ...(comment?.kind === 'comment' && { comment: comment.text }),
  }
  descriptions.set(rule, described)
  return described
}
