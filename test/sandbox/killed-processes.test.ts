import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { asHarnessError } from '../../harness/core/errors.ts'
import { backends } from '../../harness/flow/backend.ts'
import { randomRun } from '../helpers/random-run.ts'
import { drive, unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'
import { waitForEnd } from './pidfd.ts'
import { everybody, isKilled, marking, processOf, withMarks } from './two-processes.ts'

const { cases, seed } = randomRun('KILLS', 30)

t.test(`one of our processes dies at ${cases} moments (KILLS_SEED=${seed}): no false verdict, no wait`, async (t) => {
  const sandbox = await openSandbox(t)
  const kill = fc.record({
    victim: fc.constantFrom(everybody, marking),
    moment: fc.integer({ min: 0, max: 1_100 }),
  })
  const undisturbed = await time(() => Promise.all(backends.map((backend) => unmet(sandbox, backend, withMarks))))
  let lost = 0
  let longest = 0
  for (const [count, { victim, moment }] of fc.sample(kill, { seed, numRuns: cases }).entries()) {
    const runs = backends.map((backend) => drive(sandbox, backend, withMarks))
    for (const run of runs) run.catch(() => {})
    await sleep((undisturbed * moment) / 1_000)
    const pid = processOf(victim)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    const killedAt = performance.now()
    for (const ended of await Promise.allSettled(runs)) {
      if (ended.status === 'rejected') {
        lost += 1
        const { fault, message } = asHarnessError(ended.reason)
        if (fault !== 'machine' || !isKilled.message.test(message))
          t.fail(`kill ${count} of ${victim}: ${fault}: ${message}`)
      } else {
        const wrong = ended.value.flows.filter(({ unmet }) => unmet !== undefined)
        if (wrong.length > 0) t.same(wrong, [], `kill ${count} of ${victim}: a false verdict`)
      }
    }
    longest = Math.max(longest, performance.now() - killedAt)
    if (pid !== undefined) waitForEnd(pid)
    const next = await Promise.all(backends.map((backend) => unmet(sandbox, backend, withMarks)))
    if (next.flat().length > 0) t.same(next.flat(), [], `the pods after kill ${count}`)
  }
  t.ok(lost >= cases / 8, `${lost} pods lost a process`)
  t.ok(longest < 10_000, `the longest wait was ${Math.round(longest)} ms`)
})

async function time(work: () => Promise<unknown>): Promise<number> {
  await work()
  const started = performance.now()
  await work()
  return performance.now() - started
}
