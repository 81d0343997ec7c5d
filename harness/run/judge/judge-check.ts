import type { FlowPlan, FlowResult } from '../../agent/protocol.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import { type Applied, atRule } from '../../flow/ruleset.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { Check, CheckResult } from '../checks/check.ts'
import { expectedJourney } from '../checks/expected-journey.ts'
import { judge } from './judge.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'

/** The judge's part of a result. */
type Judgement = Pick<CheckResult, 'status' | 'fault' | 'reason' | 'observed' | 'parting'>

/**
 * Judges one check. Rules that are rejected although the scenario does not expect it are their source's fault, whatever
 * the flows then did.
 */
export function judgeCheck(
  { expected }: Check,
  { rejected }: Pick<Scenario, 'rejected'>,
  { applied, initContainers }: Pick<CheckResult['rules'], 'initContainers'> & { applied: Applied | 'none' },
  plan: FlowPlan | undefined,
  result: FlowResult | undefined,
  addresses: PodAddresses,
): Judgement {
  if ('applies' in expected) return judgeApplied(expected, applied)
  if (applied !== 'none' && !applied.ok && rejected === undefined) {
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

function judgeApplied(
  { at, orAt, leaves }: { at: number; orAt?: number; leaves: string },
  applied: Applied | 'none',
): Judgement {
  const should = `the rules should be rejected at line ${at}${orAt === undefined ? '' : ` or ${orAt}`}`
  if (applied === 'none' || applied.ok) return { status: 'failed', reason: `${should}, but were accepted` }
  if ([at, orAt].includes(applied.line) && applied.leaves === leaves) return { status: 'passed' }
  return {
    status: 'failed',
    reason: `${should}, leaving ${leaves}, but were at line ${applied.line}, leaving ${applied.leaves}: ${applied.message}`,
  }
}

function describeRejection(applied: Applied & { ok: false }, container: EndedInitContainer | undefined): string {
  const where = atRule(applied)
  const { message } = applied
  if (container === undefined) return `the rules are rejected${where}: ${message}`
  const { name, reason, exitCode } = container
  return `the init container ${name} has ended with ${reason}, exit code ${exitCode}${where && `,${where}`}: ${message}`
}
