import pLimit from 'p-limit'
import { performance } from 'node:perf_hooks'
import { asHarnessError, HarnessError, inputIssues } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { requireOpenFiles } from '../../sys/files/open-files.ts'
import type { RunListener, Summary } from './events.ts'
import { inputProblems } from '../plan/input-problems.ts'
import type { Manner, Place, RunOptions } from '../checks/options.ts'
import { scenarioWarnings } from './config-warnings.ts'
import { makePlan } from '../plan/plan.ts'
import type { Plan } from '../checks/pod-job.ts'
import { requireEnvoy } from './require-envoy.ts'
import { FlowsAtOnce } from './flows-at-once.ts'
import { NearMissSearch } from '../judge/near-misses.ts'
import { runPod } from './run-pod.ts'
import { Tally } from './tally.ts'

/**
 * Runs every selected check and passes events to the listener.
 * @throws HarnessError (`input`) if nothing is selected, ids repeat or scenarios are wrong (`inputProblems`);
 * (`machine`) if a sandbox cannot be had; all before the first event. What goes wrong later is in the results, and in
 * `end`.
 */
export async function run(options: RunOptions, listen: RunListener): Promise<Summary> {
  const started = performance.now()
  const startedAt = new Date()
  const { what, where, how } = options
  const { plan, broken } = await planRight(options)
  // A container has its own limit, which its agent checks.
  if (where.some(({ image }) => image === undefined)) requireOpenFiles(how.jobs)
  const sandboxes = await openAll(where)
  for (const sandbox of sandboxes.values()) requireBackends(sandbox, what.backends)
  if (how.envoy !== undefined) await requireEnvoy(how.envoy, plan, [...sandboxes.values()])
  const { scenarios, checks, shard } = plan
  const environments = [...sandboxes.values()].map(({ info: { kind, remedies: _, ...info } }) => ({
    ...info,
    sandbox: kind,
  }))
  listen({
    type: 'start',
    startedAt,
    checks,
    scenarios,
    environments,
    backends: what.backends,
    command: [...how.command],
    seed: 0,
    ...(shard && { shard }),
  })
  if (shard !== undefined && checks === 0)
    listen({ type: 'notice', text: `shard ${shard.index}/${shard.count} is empty: there are fewer pods than shards` })
  for (const text of scenarioWarnings(plan.jobs, how.saysAll)) listen({ type: 'notice', text })
  const tally = new Tally(plan.leftOut)
  const error = await runJobs(plan, how, sandboxes, (event) => {
    if (event.type === 'result') tally.count(event.result)
    listen(event)
  })
  if (!how.signal.aborted)
    for (const text of how.expectedFailures?.unmet(what.touched === undefined) ?? []) listen({ type: 'notice', text })
  const { summary } = tally
  const interrupted = how.signal.aborted
  const ended = error ?? broken
  listen({ type: 'end', durationMs: performance.now() - started, interrupted, summary, ...(ended && { error: ended }) })
  return summary
}

/** Files in which something is wrong are left out whole, and the run goes on with the others. */
async function planRight(options: RunOptions): Promise<{ plan: Plan; broken?: HarnessError }> {
  const plan = onlyTouched(makePlan(options), options)
  const problems = await inputProblems(plan.jobs)
  const issues = [...(options.what.broken ?? []), ...problems]
  if (issues.length === 0) return { plan }
  const broken = inputIssues(issues)
  const wrong = new Set(problems.map(({ file }) => file))
  const scenarios = options.what.scenarios.filter(({ location }) => !wrong.has(location.file))
  if (scenarios.length === 0) throw broken
  return {
    plan:
      wrong.size === 0 ? plan : onlyTouched(makePlan({ ...options, what: { ...options.what, scenarios } }), options),
    broken,
  }
}

function onlyTouched(plan: Plan, { what: { touched }, how: { repeat } }: RunOptions): Plan {
  if (touched === undefined) return plan
  const jobs = plan.jobs
    .filter(({ scenario }) => touched(scenario) !== 'not')
    .toSorted((a, b) => Number(touched(b.scenario) === 'first') - Number(touched(a.scenario) === 'first'))
  return {
    ...plan,
    jobs,
    checks: jobs.reduce((sum, job) => sum + job.checks.length, 0) * repeat,
    scenarios: new Set(jobs.map(({ scenario }) => scenario)).size,
  }
}

/** Sandboxes by the image of the jobs that run there. */
type Sandboxes = ReadonlyMap<string | undefined, Sandbox>

async function openAll(where: readonly Place[]): Promise<Sandboxes> {
  return new Map(await Promise.all(where.map(async ({ image, sandbox }) => [image, await sandbox] as const)))
}

/** @returns the error that ended the run early, if one did. */
async function runJobs(
  plan: Plan,
  how: Manner,
  sandboxes: Sandboxes,
  listen: RunListener,
): Promise<HarnessError | undefined> {
  const limit = pLimit(how.jobs)
  const flowsAtOnce = new FlowsAtOnce()
  const noticed = new Set<string>()
  const notice = (text: string): void => {
    if (!noticed.has(text)) listen({ type: 'notice', text })
    noticed.add(text)
  }
  const search = new NearMissSearch()
  let stopped: HarnessError | 'bail' | undefined
  let sent = 0
  const runs = Array.from({ length: how.repeat }, () => plan.jobs)
    .flat()
    .map((job) => {
      sent += job.checks.length
      return { job, skip: sent - job.checks.length }
    })
  await Promise.all(
    runs.map(({ job, skip }) =>
      limit(async () => {
        using _room = await flowsAtOnce.enter(job.checks.length)
        if (stopped !== undefined || how.signal.aborted) return
        try {
          for (const found of await runPod(
            job,
            sandboxes.get(job.image) as Sandbox,
            skip,
            notice,
            search,
            how.signal,
          )) {
            if (stopped === 'bail') return
            const result = how.expectedFailures?.apply(found) ?? found
            listen({ type: 'result', result })
            if (how.bail && result.status !== 'passed' && result.expectedFailure === undefined) stopped = 'bail'
          }
        } catch (thrown) {
          stopped ??= asHarnessError(thrown)
        }
      }),
    ),
  )
  return stopped === 'bail' ? undefined : stopped
}

/** @throws HarnessError (`machine`) naming the backend that the sandbox does not have. */
export function requireBackends({ info }: Sandbox, backends: readonly Backend[]): void {
  const missing = backends.find((backend) => info.iptables[backend] === undefined)
  if (missing === undefined) return
  const where = info.image === null ? 'is not there' : `is not in the image '${info.image}'`
  const command = info.remedies[missing]
  const inImage = command === undefined ? 'take an image that has it' : `add it to the image: ${command}`
  const remedy = info.image === null ? 'see `sidetrack doctor`' : inImage
  throw new HarnessError('machine', `iptables-${missing} ${where}`, {
    hint: `${remedy}, or leave it out with --iptables`,
  })
}
