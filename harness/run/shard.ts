import { createHash } from 'node:crypto'
import type { PodJob, Shard } from './pod-job.ts'

/**
 * The pods of one shard, in their order. Pods are dealt out by size, back and forth, so that shards differ by at most one pod and one
 * pod's checks. Which pod goes where depends on the selection alone.
 */
export function takeShard(jobs: readonly PodJob[], { index, count }: Shard): PodJob[] {
  const bySize = jobs.toSorted((a, b) => b.checks.length - a.checks.length || compareText(identityOf(a), identityOf(b)))
  const own = new Set(
    bySize.filter((_, position) => {
      const place = position % count
      return index === 1 + ((position - place) % (2 * count) === 0 ? place : count - 1 - place)
    }),
  )
  return jobs.filter((job) => own.has(job))
}

/** Tells plans apart: by their checks and what is held against them, whose promises and rules, and how often. */
export function planHash(jobs: readonly PodJob[], repeat: number): string {
  const checks = jobs.flatMap(({ checks, profile, source }) =>
    checks.map(({ id, expected }) => JSON.stringify([id, expected, profile.release, source.id])),
  )
  return createHash('sha256')
    .update([repeat, ...checks.sort(compareText)].join('\n'))
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
