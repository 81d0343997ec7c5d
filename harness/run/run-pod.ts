import { performance } from 'node:perf_hooks'
import type { DriveResult, FlowResult, PodPlan } from '../agent/protocol.ts'
import { asHarnessError, HarnessError } from '../core/errors.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Check, CheckResult, Evidence } from './check.ts'
import { compare } from './judge.ts'
import type { PodJob } from './plan.ts'
import { hasFlow, planPod } from './pod-plan.ts'
import { Surroundings } from './surroundings.ts'

type Outcome = Pick<CheckResult, 'status' | 'fault' | 'reason' | 'observed'>

/**
 * Runs the checks that share a pod: gets the rules, has the agent build and drive the pod, and judges what it saw.
 * @throws HarnessError if the sandbox itself is gone.
 */
export async function runPod(job: PodJob, sandbox: Sandbox): Promise<CheckResult[]> {
  const started = performance.now()
  const surroundings = new Surroundings(job.scenario)
  const results = await attempt(job, sandbox, surroundings)
  const durationMs = (performance.now() - started) / job.checks.length
  return results.map((result) => ({ ...result, environment: sandbox.info.id, durationMs }))
}

type Unfinished = Omit<CheckResult, 'environment' | 'durationMs'>

async function attempt(job: PodJob, sandbox: Sandbox, surroundings: Surroundings): Promise<Unfinished[]> {
  let plan: PodPlan
  try {
    plan = planPod(job, surroundings, await getRules(job, surroundings))
  } catch (thrown) {
    return allFailed(job, asHarnessError(thrown))
  }
  let drive: DriveResult
  try {
    drive = await sandbox.ask('drive', plan)
  } catch (thrown) {
    // A pod that fails is an error of its checks; a sandbox that is gone answers nothing more, and throws.
    await sandbox.ask('hello', {})
    return allFailed(job, asHarnessError(thrown))
  }
  try {
    return await judgeAll(job, plan, drive, sandbox, surroundings)
  } finally {
    await sandbox.ask('release', { pod: drive.pod })
  }
}

function allFailed({ checks, source }: PodJob, { fault, line }: HarnessError): Unfinished[] {
  return checks.map((check) => ({ check, status: 'error', fault, reason: line, rules: { source: source.id, applied: 'none' } }))
}

/** A source that refuses a scenario's config has failed as a source: the config is right for the promises that are held. */
async function getRules({ scenario, profile, source }: PodJob, surroundings: Surroundings): Promise<RuleText[]> {
  const { rules, mesh } = scenario
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  const texts = profile.families.map((family) => {
    const podIPs = [surroundings.pod('eth0', family)]
    return source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs, family })
  })
  try {
    return (await Promise.all(texts)).filter((text) => text !== undefined)
  } catch (thrown) {
    const error = asHarnessError(thrown)
    throw error.fault === 'input'
      ? new HarnessError('rules', `${source.id}: ${error.message}`, { cause: error, ...(error.hint && { hint: error.hint }) })
      : error
  }
}

async function judgeAll(
  job: PodJob,
  plan: PodPlan,
  drive: DriveResult,
  sandbox: Sandbox,
  surroundings: Surroundings,
): Promise<Unfinished[]> {
  const rules = { source: job.source.id, applied: drive.applied }
  const results: Unfinished[] = []
  let position = 0
  for (const check of job.checks) {
    const index = hasFlow(check) ? position++ : undefined
    const flow = index === undefined ? undefined : drive.flows[index]
    const outcome = judge(check, drive.applied, job, flow, index === undefined ? undefined : plan.flows[index], surroundings)
    const evidence = outcome.status === 'passed' ? undefined : await gather(check, flow, drive.pod, sandbox)
    results.push({ check, rules, ...outcome, ...(evidence && { evidence }) })
  }
  return results
}

function judge(
  check: Check,
  applied: Applied | 'none',
  { scenario }: PodJob,
  flow: FlowResult | undefined,
  plan: PodPlan['flows'][number] | undefined,
  surroundings: Surroundings,
): Outcome {
  if ('applies' in check.expected) return judgeApplied(check.expected, applied)
  if (applied !== 'none' && !applied.ok && scenario.rejected === undefined) {
    return {
      status: 'error',
      fault: 'rules',
      reason: `the rules are rejected at line ${applied.line} (${applied.text}): ${applied.message}`,
    }
  }
  if (flow === undefined || plan === undefined)
    return { status: 'error', fault: 'sidetrack', reason: 'the agent said nothing of this flow' }
  if ('error' in flow) return { status: 'error', fault: flow.fault, reason: flow.error }
  const { observed } = flow
  const reason = compare(check.expected, observed, plan, surroundings)
  return reason === undefined ? { status: 'passed', observed } : { status: 'failed', reason, observed }
}

function judgeApplied(expected: Extract<Check['expected'], { applies: string }>, applied: Applied | 'none'): Outcome {
  if (expected.applies === 'accepted')
    return applied === 'none' || applied.ok ? { status: 'passed' } : { status: 'failed', reason: `rejected at line ${applied.line}` }
  if (applied === 'none' || applied.ok)
    return { status: 'failed', reason: `the rules should be rejected at line ${expected.at}, but were accepted` }
  if (applied.line !== expected.at)
    return {
      status: 'failed',
      reason: `the rules should be rejected at line ${expected.at}, but were at line ${applied.line}: ${applied.message}`,
    }
  return applied.leaves === expected.leaves
    ? { status: 'passed' }
    : { status: 'failed', reason: `the rejected rules should leave ${expected.leaves}, but left ${applied.leaves}` }
}

async function gather({ backend, family, flow }: Check, result: FlowResult | undefined, pod: string, sandbox: Sandbox): Promise<Evidence> {
  const source = result !== undefined && 'observed' in result ? result.source : undefined
  const { rules, conntrack } = await sandbox.ask('evidence', { pod, backend, protocol: flow?.protocol ?? 'tcp', ...(source && { source }) })
  return { rules: rules[family], conntrack }
}
