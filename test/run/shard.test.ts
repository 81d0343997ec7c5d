import fc from 'fast-check'
import t from 'tap'
import { makePlan } from '../../harness/run/plan/plan.ts'
import type { PodJob } from '../../harness/run/checks/pod-job.ts'
import { planHash, takeShard } from '../../harness/run/plan/shard.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'
import { randomRun } from '../helpers/random-run.ts'
import { options, osmProfile, source } from './options.ts'

/** Pods with so many checks each. */
function pods(sizes: readonly number[]): PodJob[] {
  return sizes.flatMap((size, index) => {
    const flows = Array.from({ length: size }, (_, port) =>
      app.tcp(`203.0.113.10:${port + 1}`).isRedirected('outbound'),
    )
    return makePlan(options({ scenarios: [scenario(`pod ${index}`, { rules: osm(), flows })] })).jobs
  })
}

const idsOf = (jobs: readonly PodJob[]): string[] => jobs.flatMap(({ checks }) => checks.map(({ id }) => id))
const shards = (jobs: readonly PodJob[], count: number): PodJob[][] =>
  Array.from({ length: count }, (_, index) => takeShard(jobs, { index: index + 1, count }))
const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers)

t.test('every check is in one shard, pods stay whole, and shards differ by one pod and its checks', async () => {
  const { cases, seed } = randomRun('SHARD', 40)
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      (sizes, count) => {
        const jobs = pods(sizes)
        const parts = shards(jobs, count)
        t.same(idsOf(parts.flat()).sort(), idsOf(jobs).sort())
        t.ok(parts.flat().every((job) => jobs.includes(job)))
        t.ok(spread(parts.map((part) => part.length)) <= 1)
        t.ok(spread(parts.map((part) => idsOf(part).length)) <= Math.max(...sizes))
      },
    ),
    { numRuns: cases, seed },
  )
})

t.test('a shard is the same in whatever order scenarios come, and keeps that order', async (t) => {
  const jobs = pods([3, 1, 4, 1, 5, 9, 2, 6])
  const [first = []] = shards(jobs, 3)
  const [other = []] = shards(jobs.toReversed(), 3)
  t.same(idsOf(other).sort(), idsOf(first).sort())
  t.same(
    first,
    jobs.filter((job) => first.includes(job)),
  )
  t.not(first.length, 0)
})

t.test('both backends of a scenario are pods of their own', async (t) => {
  const scenarios = [scenario('one', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })]
  const plan = (index: number) =>
    makePlan(options({ scenarios, backends: ['nft', 'legacy'], shard: { index, count: 3 } }))
  t.same(
    [1, 2, 3].map((index) => plan(index).jobs.map(({ backend }) => backend)),
    [['legacy'], ['nft'], []],
  )
  t.match(plan(3), { checks: 0, scenarios: 0, shard: { index: 3, count: 3, plan: /^[0-9a-f]{16}$/ } })
  t.equal(plan(1).shard?.plan, plan(2).shard?.plan)
})

t.test('to select nothing is refused in a shard as well', async (t) => {
  t.throws(() => makePlan(options({ scenarios: [], shard: { index: 1, count: 2 } })), {
    fault: 'input',
    message: /no check is selected/,
  })
})

t.test('plans are told apart by checks, promises, rules, expectations and repeats', async (t) => {
  const flow = app.tcp('203.0.113.10:80')
  const jobs = (rest: object = {}) =>
    makePlan(options({ scenarios: [scenario('one', { rules: osm(), flows: [flow.isDirect()] })], ...rest })).jobs
  const hashes = [
    planHash(jobs(), 1),
    planHash(jobs(), 2),
    planHash(jobs({ backends: ['legacy'] }), 1),
    planHash(jobs({ backends: ['nft', 'legacy'] }), 1),
    planHash(jobs({ mesh: { name: 'osm', release: '0.11' } }), 1),
    planHash(jobs({ source: source({ id: 'osm@0.11', profile: () => osmProfile('0.11') }) }), 1),
    planHash(jobs({ scenarios: [scenario('one', { rules: osm(), flows: [flow.isRedirected('outbound')] })] }), 1),
  ]
  t.equal(new Set(hashes).size, hashes.length)
  t.equal(planHash(jobs(), 1), hashes[0])
})

t.test('with durations, shards take about as long, and every pod is in one of them', async (t) => {
  const jobs = pods([1, 1, 1, 1, 1, 1])
  const times = [60, 10, 10, 10, 10, 20]
  const durations = new Map(
    jobs.flatMap(({ checks }, index) => checks.map(({ id }) => [id, times[index] ?? 0] as const)),
  )
  const parts = [1, 2].map((index) => takeShard(jobs, { index, count: 2 }, durations))
  const total = (part: readonly PodJob[]): number => idsOf(part).reduce((sum, id) => sum + (durations.get(id) ?? 0), 0)
  t.same(parts.map(total), [60, 60])
  t.same(idsOf(parts.flat()).sort(), idsOf(jobs).sort())
  const unknown = new Map([...durations].slice(1))
  t.same(
    parts.map(() => 0).map((_, index) => takeShard(jobs, { index: index + 1, count: 2 }, unknown).length),
    [3, 3],
    'what was not measured is average',
  )
  t.not(planHash(jobs, 1, durations), planHash(jobs, 1, unknown), 'shards of other durations are foreign')
})
