import t from 'tap'
import { exitCodeListener } from '../../harness/cli/command/exit-code.ts'
import { type Fault, HarnessError } from '../../harness/core/errors.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { end, failed, passed, start } from '../report/example.ts'

function code(...results: CheckResult[]): number {
  const outcome = exitCodeListener()
  for (const result of results) outcome.listen({ type: 'result', result })
  outcome.listen(end)
  return outcome.code()
}

function error(fault: Fault): CheckResult {
  return { ...passed, status: 'error', fault }
}

t.test('by what happened', async (t) => {
  t.equal(code(passed, { ...passed, status: 'skipped' }), 0)
  t.equal(code(passed, failed), 1)
  t.equal(code(error('rules')), 1)
  t.equal(code(error('machine')), 3)
  t.equal(code(error('sidetrack')), 4)
})

t.test('a run of whose checks the rules say nothing is not green', async (t) => {
  const unspoken: CheckResult = { ...passed, status: 'skipped', fault: 'input' }
  t.equal(code(unspoken, unspoken), 2)
  t.equal(code(unspoken, passed), 0)
  t.equal(code(unspoken, failed), 1)
  const part = exitCodeListener()
  part.listen({ ...start, shard: { index: 1, count: 2, plan: '' } })
  part.listen({ type: 'result', result: unspoken })
  part.listen(end)
  t.equal(part.code(), 0, 'a shard is judged with the others')
})

t.test('several: 4 before 1 before 3', async (t) => {
  t.equal(code(error('machine'), failed), 1)
  t.equal(code(error('machine'), error('sidetrack'), failed), 4)
})

t.test('an end with an error counts, and an interrupted run is 130', async (t) => {
  const broken = exitCodeListener()
  broken.listen({ ...end, error: new HarnessError('machine', 'no sandbox') })
  t.equal(broken.code(), 3)
  const interrupted = exitCodeListener()
  interrupted.listen({ type: 'result', result: failed })
  interrupted.listen({ ...end, interrupted: true })
  t.equal(interrupted.code(), 130)
})

t.test('a run without an end says nothing of behaviour: neither 0 nor 1', async (t) => {
  const broken = (...faults: Fault[]): number => {
    const outcome = exitCodeListener()
    for (const result of [passed, failed]) outcome.listen({ type: 'result', result })
    for (const fault of faults) outcome.fault(new HarnessError(fault, ''))
    return outcome.code()
  }
  t.same(
    [broken(), broken('rules'), broken('machine'), broken('input'), broken('machine', 'sidetrack')],
    [4, 4, 3, 2, 4],
  )
})
