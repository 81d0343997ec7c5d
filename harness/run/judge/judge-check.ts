import type { FlowPlan, FlowResult } from '../../agent/protocol.ts'
import type { Applied } from '../../flow/ruleset.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { Check, CheckResult } from '../checks/check.ts'
import { expectedJourney } from '../checks/expected-journey.ts'
import { judge } from './judge.ts'
import { describeRejection, judgeLoading, type Loader } from './judge-loading.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'

/** The judge's part of a result. */
type Judgement = Pick<CheckResult, 'status' | 'fault' | 'reason' | 'observed' | 'parting'>

/**
 * Judges one check. Rules that are rejected the first time although the scenario does not expect it are their source's
 * fault, whatever the flows then did. If that is a further application, the check of loading them says so, and the flows
 * tell whether what stands by then still does what it should.
 */
export function judgeCheck(
  { expected }: Check,
  { rejected }: Pick<Scenario, 'rejected'>,
  rules: Pick<CheckResult['rules'], 'initContainers'> & { applied: Applied | 'none' },
  loader: Loader,
  plan: FlowPlan | undefined,
  result: FlowResult | undefined,
  addresses: PodAddresses,
): Judgement {
  if ('applies' in expected) return judgeLoading(expected, rules, loader)
  const { applied, initContainers } = rules
  if (applied !== 'none' && !applied.ok && rejected === undefined && applied.application === undefined) {
    return { status: 'error', fault: 'rules', reason: describeRejection(applied, initContainers?.at(-1)) }
  }
  if (plan === undefined || result === undefined)
    return { status: 'error', fault: 'sidetrack', reason: 'the agent said nothing of this flow' }
  if ('error' in result) return { status: 'error', fault: result.fault, reason: result.error }
  const { observed } = result
  const mismatch = judge(expected, observed, plan, addresses)
  if (mismatch === undefined) return { status: 'passed', observed }
  const { reason, at } = mismatch
  return {
    status: 'failed',
    reason,
    observed,
    parting: { at, expected: expectedJourney(expected, observed.journey.length) },
  }
}
