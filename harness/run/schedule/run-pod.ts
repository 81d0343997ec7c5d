import { performance } from 'node:perf_hooks'
import type { EvidenceResult, FlowPlan, FlowResult, LoadResult } from '../../agent/protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { withoutPrefix } from '../../core/address.ts'
import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import { withLazy } from '../../core/lazy.ts'
import type { Pod } from '../../sandbox/pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Check, CheckResult, Evidence, Material } from '../checks/check.ts'
import { withAccounts } from '../predict/accounts.ts'
import { judgeCheck } from '../judge/judge-check.ts'
import { loaderOf } from '../judge/judge-loading.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { planJob } from '../plan/plan-job.ts'
import { hasFlow } from '../checks/planned.ts'
import { NearMissSearch } from '../judge/near-misses.ts'
import { decidedBy, whyUntraced } from '../predict/decided-by.ts'
import { findRejected, madeRules } from '../plan/init-containers.ts'
import { foreignProxyWarning } from '../plan/foreign-proxy.ts'
import { type LoadedRules, loadPodRules } from '../predict/loaded-rules.ts'
import { besideRules } from '../plan/beside-rules.ts'
import { requireCleanUp } from '../plan/clean-up.ts'
import { furtherRules, podRules } from '../plan/pod-rules.ts'
import { promisedRules } from '../judge/promised-rules.ts'
import { conclusionOf, podPredictor } from '../predict/predict-pod.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'
import { scenarioPod } from '../plan/scenario-pod.ts'
import { isTracedAgain, tracedAgain } from '../judge/traced-again.ts'

/**
 * Runs the checks that share a pod: gets the rules, sets the pod up, loads them, sends the flows, and judges what was
 * seen.
 * @param skip how many source ports earlier jobs have used.
 * @param notice takes lines for the user that belong to no check.
 * @param search looks for the near misses of failed checks, within the bounds of a run.
 * @param signal stops a builder that is making the rules; there are no results then.
 * @throws HarnessError if the sandbox itself is gone.
 */
export async function runPod(
  job: PodJob,
  sandbox: Sandbox,
  skip = 0,
  notice: (text: string) => void = () => {},
  search = new NearMissSearch(),
  signal?: AbortSignal,
): Promise<CheckResult[]> {
  const started = performance.now()
  const addresses = scenarioPod(job.scenario, job.source)
  const [known, skipped] = partOf(job)
  for (const reason of new Set(skipped.map(({ reason }) => reason))) notice(`skipped: ${reason}`)
  const results = [
    ...skipped,
    ...(known.checks.length === 0 ? [] : await attempt(known, sandbox, addresses, skip, notice, search, signal)),
  ]
  const durationMs = (performance.now() - started) / job.checks.length
  // Assigned, since a copy would have every prediction made.
  return results.map((result) => Object.assign(result, { environment: sandbox.info.id, durationMs }))
}

type Unfinished = Omit<CheckResult, 'environment' | 'durationMs'>

/** A captured text may hold the rules of one family only; checks of the other are skipped. */
function partOf(job: PodJob): [known: PodJob, skipped: (Unfinished & { reason: string })[]] {
  const { checks, source } = job
  const { families } = source.capture ?? {}
  if (families === undefined) return [job, []]
  const unspoken = checks.filter(({ family }) => !families.includes(family))
  return [
    { ...job, checks: checks.filter((check) => !unspoken.includes(check)) },
    unspoken.map((check) => ({
      check,
      status: 'skipped',
      fault: 'input',
      reason: `the text has no rules for ${check.family}, so nothing is known of them`,
      rules: { source: source.id },
    })),
  ]
}

async function attempt(
  job: PodJob,
  sandbox: Sandbox,
  addresses: PodAddresses,
  skip: number,
  notice: (text: string) => void,
  search: NearMissSearch,
  signal?: AbortSignal,
): Promise<Unfinished[]> {
  let plan: JobPlan
  try {
    const [rules, beside] = [await podRules(job, addresses, signal), await besideRules(job, addresses)]
    requireCleanUp(job, [...beside.before, ...rules], beside.after)
    plan = planJob(job, addresses, rules, {
      skip,
      beside,
      again: await furtherRules(job, addresses, [...beside.before, ...rules], signal),
    })
  } catch (thrown) {
    if (signal?.aborted) return []
    return allFailed(job, asHarnessError(thrown))
  }
  try {
    await using pod = await sandbox.stand(plan.pod)
    const [loaded, flows] = await Promise.all([
      pod.load(plan),
      Array.fromAsync(pod.send(plan.flows, isTracedAgain(job) ? { untraced: true } : {})),
    ])
    return await judgeAll(job, plan, { pod, loaded, flows }, addresses, notice, search)
  } catch (thrown) {
    // A pod that fails is an error of its own checks. If the sandbox is gone, ping throws and the run ends.
    await sandbox.ping()
    return allFailed(job, asHarnessError(thrown))
  }
}

function allFailed({ checks, source }: PodJob, { fault, line, skips }: HarnessError): Unfinished[] {
  const outcome = skips ? ({ status: 'skipped' } as const) : ({ status: 'error', fault } as const)
  return checks.map((check) => ({ check, ...outcome, reason: line, rules: { source: source.id } }))
}

/** The results of loading a job's rules and sending its flows, in a pod that still stands. */
interface Driven {
  pod: Pod
  loaded: LoadResult
  flows: readonly FlowResult[]
}

/**
 * The checks of a job are its flows, in the order of the plan, and perhaps one of loading the rules, which has none.
 */
async function judgeAll(
  job: PodJob,
  planned: JobPlan,
  driven: Driven,
  addresses: PodAddresses,
  notice: (text: string) => void,
  search: NearMissSearch,
): Promise<Unfinished[]> {
  const { pod, flows: results } = driven
  const { initContainers } = driven.loaded
  const applied = await locateRejection(planned, driven)
  const isMade = planned.initContainers?.some(({ makesRules }) => makesRules)
  const plan = isMade ? { ...planned, rules: madeRules((await pod.evidence()).rules) } : planned
  const rules = { source: job.source.id, applied, ...(initContainers && { initContainers }) }
  // What has been read back is there, wherever an init container has stopped.
  const stood = isMade ? { ok: true as const } : applied
  const loaded = await withAccounts(loadPodRules(plan, stood), pod)
  const warning = foreignProxy(job, plan.pod, loaded)
  if (warning !== undefined) notice(warning)
  const predictionOf = podPredictor(plan, stood, loaded)
  const loader = loaderOf(job, planned)
  const flows = plan.flows.map((flow, index) => ({ flow, index, result: results[index] })).values()
  const judged = job.checks.map((check) => {
    const driven = hasFlow(check) ? flows.next().value : undefined
    const outcome = judgeCheck(check, job.scenario, rules, loader, driven?.flow, driven?.result, addresses)
    return { check, driven, outcome }
  })
  const hasFailed = judged.some(({ outcome }) => outcome.status === 'failed')
  const promised = hasFailed ? await promisedRules(job, plan, addresses, loaded) : []
  const isRight = judged.every(({ outcome }) => outcome.status === 'passed')
  const found = isRight && job.keepEvidence !== 'always' ? undefined : await pod.evidence()
  const untracedYet = isTracedAgain(job)
  const told = untracedYet && !isRight ? await tracedAgain(pod, planned, results) : results
  return judged.map(({ check, driven, outcome }) => {
    const evidence =
      outcome.status === 'passed' || found === undefined ? undefined : evidenceOf(check, driven?.result, found)
    const promisedBy = outcome.status === 'failed' && driven !== undefined ? promised[driven.index] : undefined
    const nearMisses =
      outcome.status === 'failed' && driven !== undefined
        ? search.nearMisses(outcome, predictionOf(driven.index), plan.pod, loaded)
        : undefined
    const judged = {
      check,
      rules,
      ...outcome,
      ...(promisedBy && { promisedBy }),
      ...(nearMisses && { nearMisses }),
      ...(evidence && { evidence }),
      ...(found?.kept && (evidence || job.keepEvidence === 'always') && { material: materialOf(plan, found, driven) }),
    }
    if (driven === undefined) return judged
    const { flow, index } = driven
    const result = told[index]
    const predicted = { predicted: () => conclusionOf(predictionOf(index)) }
    if (result === undefined) return withLazy(judged, predicted)
    const isRead = !untracedYet || outcome.status !== 'passed'
    const untraced = whyUntraced(isRead ? result : { ...result, traced: [] }, flow.family, loaded)
    if (untraced !== undefined) notice(`which rules decided is not observed: ${untraced}`)
    return withLazy(judged, {
      ...predicted,
      decidedBy: () => decidedBy(result, predictionOf(index), flow.family, loaded),
    })
  })
}

/**
 * Warns about rules given with `--rules` that are made for another proxy. A scenario's literal rules are taken as they
 * are.
 */
export function foreignProxy(
  { source, profile, scenario }: PodJob,
  { links }: PodPlan,
  loaded: LoadedRules,
): string | undefined {
  if (source.profile !== undefined || scenario.rules.kind === 'text' || 'unread' in loaded) return undefined
  const addresses = links.flatMap(({ pod }) => [withoutPrefix(pod.ipv4), withoutPrefix(pod.ipv6)])
  return foreignProxyWarning(Object.values(loaded.rulesets), profile, addresses)
}

/** Where the rules were rejected, if only the pod can tell. */
async function locateRejection(
  plan: JobPlan,
  { pod, loaded: { applied, initContainers = [] } }: Driven,
): Promise<LoadResult['applied']> {
  if (applied === 'none' || applied.ok || applied.line > 0 || initContainers.length === 0) return applied
  const { rules } = await pod.evidence()
  return { ...applied, ...findRejected(plan, initContainers.length, rules) }
}

function materialOf(
  plan: JobPlan,
  found: EvidenceResult,
  driven: { flow: FlowPlan; result: FlowResult | undefined } | undefined,
): Material {
  const source = driven?.result !== undefined && 'observed' in driven.result ? driven.result.source : undefined
  return { plan, found, ...(driven && { flow: driven.flow }), ...(source && { source }) }
}

function evidenceOf(
  { family, flow }: Check,
  result: FlowResult | undefined,
  { rules, conntrack }: EvidenceResult,
): Evidence {
  const sourcePort = result !== undefined && 'observed' in result ? result.source?.port : undefined
  const own = conntrack.filter((entry) => entry.protocol === flow?.protocol && entry.sourcePort === sourcePort)
  return { rules: rules[family], conntrack: own.map(({ text }) => text) }
}
