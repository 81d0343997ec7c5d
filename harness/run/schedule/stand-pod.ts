import type { LoadResult } from '../../agent/protocol.ts'
import { inputIssues } from '../../core/errors.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Pod } from '../../sandbox/pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { inputProblems } from '../plan/input-problems.ts'
import { loadPodRules } from '../predict/loaded-rules.ts'
import type { Selection } from '../checks/options.ts'
import { someJobs } from '../plan/plan.ts'
import { planJob } from '../plan/plan-job.ts'
import { besideRules } from '../plan/beside-rules.ts'
import { furtherRules, podRules } from '../plan/pod-rules.ts'
import { foreignProxy } from './run-pod.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'
import { scenarioPod } from '../plan/scenario-pod.ts'

/** A pod with its rules loaded and its stub Envoy, applications and peers running; nothing is sent. */
export interface StandingPod extends AsyncDisposable {
  pod: Pod
  applied: LoadResult['applied']
  addresses: PodAddresses
  profile: Profile
  proxy: Credentials
  /** Says that the given rules are for another proxy. */
  warning?: string
}

/**
 * Sets up a scenario's pod and loads its rules.
 * @param what one scenario and one backend.
 * @throws HarnessError
 */
export async function standPod(what: Selection, sandbox: Sandbox): Promise<StandingPod> {
  const [job] = someJobs(what).jobs
  if (job === undefined) throw new Error('a plan without a job')
  const problems = await inputProblems([job])
  if (problems.length > 0) throw inputIssues(problems)
  const addresses = scenarioPod(job.scenario, job.source)
  const [rules, beside] = [await podRules(job, addresses), await besideRules(job, addresses)]
  const plan = planJob(job, addresses, rules, {
    beside,
    again: await furtherRules(job, addresses, [...beside.before, ...rules]),
  })
  await using teardown = new AsyncDisposableStack()
  const pod = teardown.use(await sandbox.stand({ ...plan.pod, visited: true }))
  const { applied } = await pod.load(plan)
  const warning = foreignProxy(job, plan.pod, loadPodRules(plan, applied))
  const standing = { pod, applied, addresses, profile: job.profile, proxy: plan.pod.proxy.credentials }
  const stays = teardown.move()
  return { ...standing, ...(warning !== undefined && { warning }), [Symbol.asyncDispose]: () => stays.disposeAsync() }
}
