import type { Ruleset } from '../netfilter/ruleset.ts'
import { does } from '../netfilter/does.ts'
import { Budget, mostTries } from './packet/budget.ts'
import { type Attempt, type AttemptResult, attempt } from './path/connection-attempt.ts'
import type { Outcome } from './path/outcome.ts'
import { Unpredictable } from './packet/unpredictable.ts'
import { isTracking } from './packet/tracking.ts'
import { Beside, endsAlike, lastWith } from './rules/beside.ts'
import type { RuleStep } from './rules/trail.ts'
import { withoutRule } from './rules/without-rule.ts'
import type { NetworkStack } from './stack/network-stack.ts'

/** How many rules may be tried to find the one that decides. */
const mostSearched = 2 * mostTries
/** How many of the matched rules are examined. */
const mostCandidates = 20
/** How many rules that would have the same effect are removed along with a rule. */
const mostSubstitutes = 10

/**
 * The rule that decides the outcome of a connection: without it the outcome changes. A rule that drops a packet, or
 * translates it to where it arrives, decides; otherwise a rule that keeps the packet from other rules, those of nat
 * first, or sets a mark.
 * @param tried receives each attempt without a rule before it runs, with the steps that tell flows apart, for who wants to
 * know what the answer rests on.
 * @returns the step at which it matched; undefined if a policy or the kernel decides, or if too many rules would have
 * to be examined.
 */
export function decidingStep(
  result: Omit<AttemptResult, 'deciding'>,
  ruleset: Ruleset,
  stack: NetworkStack,
  tried?: (without: Attempt) => void,
): RuleStep | undefined {
  const { outcome, decisive, steps } = result
  if (decisive.ended !== undefined) return decisive.ended
  if (outcome.kind === 'received' && outcome.translated && !outcome.isAnswerLost) return decisive.destination
  const matched = steps.filter(({ truth }) => truth === true).toReversed()
  const inNat = matched.filter(({ type }) => type === 'nat')
  const candidates = [
    ...(decisive.destination === undefined ? [] : [decisive.destination]),
    ...inNat.filter(passes),
    ...matched.filter((step) => passes(step) && step.type !== 'nat'),
    ...(decisive.source === undefined ? [] : [decisive.source]),
    ...matched.filter(changesWhatIsAsked),
  ]
  const budget = new Budget(mostSearched)
  const found = candidates
    .slice(0, mostCandidates)
    .find((step) => !budget.isSpent && isPivotal(step, result, ruleset, stack, { budget, tried }) && !budget.isSpent)
  // A rule that accepts a later packet has usually accepted the first one too; that match is the one to report.
  return found && (matched.findLast(({ rule, packet }) => rule === found.rule && packet === 'first') ?? found)
}

interface Search {
  budget: Budget
  tried: ((without: Attempt) => void) | undefined
}

const passes = ({ rule }: RuleStep): boolean => does(rule, 'accept', 'return')

const changesWhatIsAsked = ({ rule }: RuleStep): boolean =>
  does(rule, 'mark', 'connmark', 'notrack', 'zone', 'hop-limit')

/** Whether the outcome changes without a rule, and without the rules that would then have the same effect. */
function isPivotal(
  step: RuleStep,
  { flow, earlier, outcome, steps, passed }: Omit<AttemptResult, 'deciding'>,
  whole: Ruleset,
  stack: NetworkStack,
  search: Search,
): boolean {
  const known = new Set(steps.flatMap(({ rule, truth }) => (truth === false ? [] : rule)))
  let [ruleset, gone] = [whole, step]
  const allGone = new Set([step.rule])
  for (let tried = 0; tried <= mostSubstitutes; tried += 1) {
    ruleset = withoutRule(ruleset, gone)
    const last = lastWith(allGone, steps, passed)
    // Without what has connections tracked nothing goes on as before.
    const isTracked = isTracking(ruleset) === isTracking(whole)
    const beside = isTracked && last !== -1 ? new Beside(passed, last) : undefined
    const other = attemptWithout({ flow, ...(earlier && { earlier }) }, ruleset, stack, search, beside)
    if (other === undefined || (other.outcome !== 'alike' && !isSame(other.outcome, outcome))) return true
    const substitute = other.steps.find(
      (found) => found.truth === true && !known.has(found.rule) && isAlike(found, step),
    )
    if (substitute === undefined) return false
    gone = substitute
    allGone.add(gone.rule)
  }
  return true
}

const isAlike = (a: RuleStep, b: RuleStep): boolean =>
  a.table === b.table && a.hook === b.hook && a.packet === b.packet && kindsOf(a) === kindsOf(b)

const kindsOf = ({ rule }: RuleStep): string => rule.statements.map(({ kind }) => kind).join()

/** @returns undefined if the outcome cannot be predicted; of one that ends alike, the steps up to where that was seen. */
function attemptWithout(
  { flow, earlier }: Pick<AttemptResult, 'flow' | 'earlier'>,
  ruleset: Ruleset,
  stack: NetworkStack,
  { budget, tried }: Search,
  beside: Beside | undefined,
): { outcome: Outcome | 'alike'; steps: readonly RuleStep[] } | undefined {
  const keeps = tried === undefined ? 'matched' : 'telling'
  let steps: readonly RuleStep[] = []
  try {
    return attempt(
      flow,
      ruleset,
      stack,
      { budget, keeps, ...(earlier && { earlier }), ...(beside && { beside }) },
      (begun) => {
        steps = begun.steps
        tried?.(begun)
      },
    )
  } catch (thrown) {
    if (thrown === endsAlike) return { outcome: 'alike', steps }
    if (thrown instanceof Unpredictable) return undefined
    throw thrown
  }
}

/** Whether two connections end in the same way, as far as that is known. */
export const isSame = (a: Outcome, b: Outcome): boolean => JSON.stringify(a, known) === JSON.stringify(b, known)

const known = (key: string, value: unknown): unknown => (key === 'answerUnknown' ? undefined : value)
