import { HarnessError, inputError, inputIssues, type Issue } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import { nearestName } from '../../input/nearest-name.ts'
import { findBuilder, findMesh, newestRelease } from '../../mesh/index.ts'
import { scenarioEndings } from '../../scenario/load.ts'
import { includesRelease } from '../../scenario/releases.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { builtinSource } from '../../source/kinds/builtin.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { pastedSource, textSource } from '../../source/rules/text.ts'
import type { Check } from '../checks/check.ts'
import { expandChecks } from './expand-checks.ts'
import { isOfInitContainer } from './init-containers.ts'
import type { Manner, Place, RunOptions, Selection } from '../checks/options.ts'
import type { Plan, PodJob } from '../checks/pod-job.ts'
import { scenarioPod } from './scenario-pod.ts'
import { profileUnder, requestOf } from './request.ts'
import { refuseUnsendable } from './unsendable-flows.ts'
import { isWanted, refuseUnknownIds, seeList } from '../checks/selected.ts'
import { planHash, takeShard } from './shard.ts'
import { hasAny } from './without.ts'

/**
 * Chooses scenarios, releases, rules, backends and families, and expands them into checks.
 * @throws HarnessError (`input`) if an id repeats, a flow is none that is ever sent, or nothing is left.
 */
export function makePlan({ what, where, how }: RunOptions): Plan {
  const { jobs, leftOut } = someJobs(what, where, how)
  const { shard } = what
  const { repeat } = how
  const own = shard === undefined ? jobs : takeShard(jobs, shard, what.durations)
  return {
    jobs: own,
    checks: own.reduce((sum, job) => sum + job.checks.length, 0) * repeat,
    scenarios: new Set(own.map(({ scenario }) => scenario)).size,
    leftOut,
    ...(shard && { shard: { ...shard, plan: planHash(jobs, repeat, what.durations) } }),
  }
}

/**
 * All that is selected.
 * @throws HarnessError (`input`) as `planJobs`, and if it is nothing.
 */
export function someJobs(...selected: Parameters<typeof planJobs>): ReturnType<typeof planJobs> {
  const found = planJobs(...selected)
  if (found.jobs.length === 0) throw nothingSelected(selected[0], found.leftOut)
  return found
}

/**
 * All that is selected, which may be nothing.
 * @param where the places' images; by default one place without.
 * @throws HarnessError (`input`) if an id repeats or a flow is none that is ever sent.
 */
export function planJobs(
  what: Selection,
  where: readonly Omit<Place, 'sandbox'>[] = [{}],
  { keepEvidence, tracesFailed, envoy, timeout: usual }: Partial<Manner> = {},
): { jobs: PodJob[]; leftOut: number } {
  const jobs: PodJob[] = []
  const sources = new Map<string, RuleSource>()
  const unknown: Issue[] = []
  const known: Check[] = []
  let leftOut = 0
  for (const scenario of what.scenarios) {
    const release = chooseRelease(scenario, what)
    if (release === undefined) continue
    if (isLeftOut(scenario, what)) {
      leftOut += 1
      continue
    }
    const mesh = findMesh(scenario.mesh)
    const request = requestOf(scenario, scenarioPod(scenario, what.source))
    const profile = profileUnder((asked) => mesh.profile(release, asked), request)
    if (profile.unknown !== undefined) {
      const asked = what.backends.flatMap((backend) =>
        expandChecks(scenario, { backend, image: undefined }, profile, profile.proxy, what),
      )
      known.push(...asked)
      if (asked.some((check) => isWanted(check, scenario, what)))
        unknown.push({ ...scenario.location, what: `scenario '${scenario.title}', ${profile.unknown}` })
      continue
    }
    const source = what.source ?? ownSource(scenario, release, sources)
    const { proxy } = source.profile === undefined ? profile : profileUnder(source.profile, request)
    for (const { image, initContainers } of where) {
      for (const backend of what.backends) {
        const all = expandChecks(scenario, { backend, image }, profile, proxy, what)
        const checks = all.filter((check) => isWanted(check, scenario, what))
        known.push(...all)
        const addresses = scenarioPod(scenario, what.source)
        if (initContainers && !isOfInitContainer({ scenario, profile, source }, addresses)) {
          leftOut += backend === what.backends[0] ? 1 : 0
          continue
        }
        const timeout = scenario.timeout ?? usual
        const job: PodJob = {
          scenario,
          backend,
          profile,
          proxy,
          source,
          checks,
          ...(image !== undefined && { image }),
          ...(initContainers && { initContainers }),
          ...(keepEvidence && { keepEvidence }),
          ...(tracesFailed && { tracesFailed }),
          ...(timeout !== undefined && { timeout }),
          ...(envoy && { envoy: envoy.path }),
        }
        if (checks.length > 0) jobs.push(job)
      }
    }
  }
  if (unknown.length > 0) throw inputIssues(unknown)
  refuseRepeatedIds(jobs)
  refuseUnknownIds(what, known)
  refuseUnsendable(jobs)
  return { jobs, leftOut }
}

/**
 * The release whose promises a scenario is held to: the one that was asked for, or the newest built-in one in its
 * range. The release of rules that are not built in is unknown; they are held to the newest only.
 */
function chooseRelease(scenario: Scenario, { mesh, source }: Selection): string | undefined {
  if (mesh !== undefined && mesh.name !== scenario.mesh) return undefined
  const isForeign = source !== undefined && source.profile === undefined
  const only = mesh?.release ?? (isForeign ? newestRelease(findMesh(scenario.mesh)) : undefined)
  if (only !== undefined) return includesRelease(scenario.releases, only) ? only : undefined
  return findMesh(scenario.mesh).releases.findLast((release) => includesRelease(scenario.releases, release))
}

/** Under `--rules`, scenarios with literal rules are left out; a fixed source has rules for one config only. */
function isLeftOut({ rules }: Scenario, { source, config = {}, podAnnotations = {}, without }: Selection): boolean {
  if (source === undefined) return false
  if (rules.kind === 'text') return true
  if (without !== undefined && hasAny(without, rules) !== undefined) return true
  return (
    source.kind === 'fixed' &&
    !(isSameRecord(rules.config, config) && isSameRecord(rules.podAnnotations, podAnnotations))
  )
}

function isSameRecord(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const sorted = (record: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)))
  return sorted(a) === sorted(b)
}

function ownSource(scenario: Scenario, release: string, known: Map<string, RuleSource>): RuleSource {
  if (scenario.rules.kind === 'text') {
    const { text, isPasted } = scenario.rules
    return (isPasted ? pastedSource : textSource)(
      'scenario',
      `${scenario.location.file}:${scenario.location.line}`,
      text,
    )
  }
  const mesh = findBuilder(scenario.mesh)
  const id = `${mesh.name}@${release}`
  const source = known.get(id) ?? builtinSource(id, mesh, release)
  known.set(id, source)
  return source
}

function refuseRepeatedIds(jobs: readonly PodJob[]): void {
  const seen = new Map<string, Check>()
  for (const check of jobs.flatMap((job) => job.checks)) {
    const other = seen.get(check.id)
    if (other !== undefined) {
      const there = `${other.location.file}:${other.location.line}`
      throw inputError(
        `${check.location.file}:${check.location.line}`,
        `the check ${check.id} is already at ${there}`,
        'give one scenario another title',
      )
    }
    seen.set(check.id, check)
  }
}

function nothingSelected({ mesh, grep, tags, families, scenarios }: Selection, leftOut: number): HarnessError {
  const why = [
    plural(scenarios.length, 'scenario'),
    ...(mesh ? [`--mesh ${mesh.name}${mesh.release ? `@${mesh.release}` : ''}`] : []),
    ...(grep ? [`--grep ${grep.source}`] : []),
    ...(tags ? [`--tag ${tags.join(' --tag ')}`] : []),
    ...(families ? [`--family ${families.join(',')}`] : []),
    ...(leftOut > 0 ? [`${leftOut} left out under --rules`] : []),
  ]
  const there = new Set(scenarios.flatMap(({ tags }) => tags))
  const nearest = tags?.map((tag) => (there.has(tag) ? undefined : nearestName(tag, there))).find((name) => name)
  const list = scenarios.length === 0 ? `scenario files end with ${scenarioEndings}` : seeList
  return new HarnessError('input', `no check is selected (${why.join(', ')})`, {
    hint: nearest === undefined ? list : `did you mean --tag ${nearest}?`,
  })
}
