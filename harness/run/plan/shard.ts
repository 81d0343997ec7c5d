import type { PodJob, Shard } from '../checks/pod-job.ts'

/**
 * The pods of one shard, in their order. Which pod goes where depends on the selection alone, and on the durations if
 * there are any.
 * @param durations milliseconds that checks took, by id.
 */
export function takeShard(jobs: readonly PodJob[], shard: Shard, durations?: ReadonlyMap<string, number>): PodJob[] {
  const own = new Set(
    durations === undefined || durations.size === 0 ? dealt(jobs, shard) : balanced(jobs, shard, durations),
  )
  return jobs.filter((job) => own.has(job))
}

/** Pods are dealt out by size, back and forth, so that shards differ by at most one pod and one pod's checks. */
function dealt(jobs: readonly PodJob[], { index, count }: Shard): PodJob[] {
  return inOrder(jobs, ({ checks }) => checks.length).filter((_, position) => {
    const place = position % count
    return index === 1 + ((position - place) % (2 * count) === 0 ? place : count - 1 - place)
  })
}

/**
 * The longest pod first, each to the shard that has least so far. What was not measured takes as long as the rest does
 * on average.
 */
function balanced(jobs: readonly PodJob[], { index, count }: Shard, durations: ReadonlyMap<string, number>): PodJob[] {
  const average = [...durations.values()].reduce((sum, duration) => sum + duration, 0) / durations.size
  const size = ({ checks }: PodJob): number => checks.reduce((sum, { id }) => sum + (durations.get(id) ?? average), 0)
  const loads = Array.from({ length: count }, () => 0)
  return inOrder(jobs, size).filter((job) => {
    const least = loads.indexOf(Math.min(...loads))
    loads[least] = (loads[least] ?? 0) + size(job)
    return least === index - 1
  })
}

const inOrder = (jobs: readonly PodJob[], size: (job: PodJob) => number): PodJob[] =>
  jobs.toSorted((a, b) => size(b) - size(a) || compareText(identityOf(a), identityOf(b)))

/** Tells plans apart: by their checks and what is held against them, whose promises and rules, and how often. */
export function planHash(jobs: readonly PodJob[], repeat: number, durations?: ReadonlyMap<string, number>): string {
  const checks = jobs.flatMap(({ checks, profile, source }) =>
    checks.map(({ id, expected }) => JSON.stringify([id, expected, profile.release, source.id])),
  )
  // Only a shard has a hash, and every run would wait for the module.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256')
    .update(
      [repeat, ...checks.sort(compareText), ...(durations === undefined ? [] : [JSON.stringify([...durations])])].join(
        '\n',
      ),
    )
    .digest('hex')
    .slice(0, 16)
}

/** Ids are unique, and name whatever tells pods apart. */
function identityOf({ checks }: PodJob): string {
  return checks[0]?.id ?? ''
}

/** The same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
