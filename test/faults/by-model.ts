import { join } from 'node:path'
import { HarnessError } from '../../harness/core/errors.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { isReceiver, type Observed } from '../../harness/flow/verdict.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import type { Prediction } from '../../harness/model/predict.ts'
import { type BesideRules, besideRules } from '../../harness/run/plan/beside-rules.ts'
import type { JobPlan } from '../../harness/run/checks/job-plan.ts'
import { judge } from '../../harness/run/judge/judge.ts'
import { loadText } from '../../harness/run/predict/loaded-rules.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { hasFlow } from '../../harness/run/checks/planned.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import type { PodJob } from '../../harness/run/checks/pod-job.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { requestOf } from '../../harness/run/plan/request.ts'
import { fileId } from '../../harness/scenario/load.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import type { Promised } from './fault.ts'

/** A builder, with or without a fault. */
export type Builder = (request: BuildRequest) => string

/** A scenario whose promises a builder's rules break, and the first check that shows it. */
export interface Broken {
  check: string
  reason: string
}

/** One scenario, what a builder without a fault answers to it, and the pod for that. */
interface Asked {
  job: PodJob
  addresses: PodAddresses
  requests: readonly BuildRequest[]
  right: readonly string[]
  beside: BesideRules
  plan: JobPlan
}

/**
 * A mesh's scenarios at one release as the model judges them, without a kernel: fast enough to ask thousands of
 * builders. What the model does not know breaks no promise here.
 */
export class SuiteByModel {
  private readonly asked: Asked[]

  private constructor(asked: Asked[]) {
    this.asked = asked
  }

  static async of(name: string, release: string): Promise<SuiteByModel> {
    const mesh = findBuilder(name)
    const scenarios = await loadScenarios(join(import.meta.dirname, '../../scenarios', name))
    const { jobs } = planJobs({ scenarios, mesh: { name, release }, backends: ['nft'] })
    const asked = jobs
      .filter(({ scenario }) => scenario.rules.kind === 'config')
      .map(async (job): Promise<Asked> => {
        const addresses = PodAddresses.of(job.scenario)
        const common = { schema: 'sidetrack.config/1' as const, mesh: name, ...requestOf(job.scenario, addresses) }
        const requests = job.profile.families.map((family) => ({ ...common, family }))
        const right = requests.map((request) => mesh.build(release, request))
        const beside = await besideRules(job, addresses)
        const plan = planJob(
          job,
          addresses,
          requests.flatMap((request, index) => readText(right[index] ?? '', request)),
          { beside },
        )
        return { job, addresses, requests, right, beside, plan }
      })
    return new SuiteByModel(await Promise.all(asked))
  }

  /** The first scenario whose promises this builder breaks; what has caught the last one is asked first. */
  broken(builder: Builder): Broken | undefined {
    for (const [index, each] of this.asked.entries()) {
      const broken = brokenBy(each, builder)
      if (broken === undefined) continue
      this.asked.splice(index, 1)
      this.asked.unshift(each)
      return broken
    }
    return undefined
  }

  /** The scenarios that ask for something that this builder answers otherwise than it should. */
  differing(builder: Builder): Promised[] {
    return this.asked
      .filter(({ requests, right }) => requests.some((request, index) => answerOf(builder, request) !== right[index]))
      .map(({ job: { scenario } }) => ({ mesh: scenario.mesh, file: fileId(scenario), title: scenario.title }))
  }
}

/** A builder that refuses a config of the mesh's prints nothing. */
function answerOf(builder: Builder, request: BuildRequest): string {
  try {
    return builder(request)
  } catch (error) {
    if (error instanceof HarnessError) return `refused: ${error.message}`
    throw error
  }
}

function brokenBy(asked: Asked, builder: Builder): Broken | undefined {
  const { job, addresses, requests, right, plan } = asked
  const texts = requests.map((request) => answerOf(builder, request))
  if (texts.every((text, index) => text === right[index])) return undefined
  const predictions = predicted(asked, texts)
  if (typeof predictions === 'string')
    return job.scenario.rejected === undefined ? { check: job.scenario.title, reason: predictions } : undefined
  for (const [index, { expected, id }] of job.checks.filter(hasFlow).entries()) {
    const [prediction, flow] = [predictions[index], plan.flows[index]]
    if (prediction === undefined || flow === undefined || 'unknown' in prediction || 'applies' in expected) continue
    const mismatch = judge(expected, heardOf(prediction.predicted), flow as never, addresses)
    if (mismatch !== undefined) return { check: id, reason: mismatch.reason }
  }
  return undefined
}

/** What becomes of the plan's flows under these texts, or why they cannot be loaded. */
function predicted(
  { requests, beside, plan }: Omit<Asked, 'job' | 'addresses'>,
  texts: readonly string[],
): Prediction[] | string {
  let rules: RuleText[]
  try {
    rules = texts.flatMap((text, index) => readText(text, requests[index] as BuildRequest))
  } catch (error) {
    return (error as Error).message
  }
  const loaded = { ...plan, rules: [...beside.before, ...rules, ...beside.after] }
  const failed = rules.flatMap((text) => loadText(text).failed?.line ?? [])
  return failed[0] ?? predictPod(loaded, { ok: true })
}

function readText(text: string, request: BuildRequest): RuleText[] {
  const read = readSourceText(text, request, 'the builder', 'rules')
  return read === undefined ? [] : [read]
}

/** The model has both ends of a conversation talk where one of them receives it. */
function heardOf(observed: Observed): Observed {
  const heard = observed.journey.findLast(({ at }) => isReceiver(at))?.at
  return { ...observed, ...(heard !== undefined && { heard }) } as Observed
}
