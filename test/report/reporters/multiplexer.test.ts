import { appendFileSync } from 'node:fs'
import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { Multiplexer } from '../../../harness/report/reporters/multiplexer.ts'
import type { RunEvent } from '../../../harness/run/schedule/events.ts'
import { end, failed, passed, start } from '../example.ts'

const results = [passed, failed, { ...failed, status: 'error' as const }].map(
  (result): RunEvent => ({ type: 'result', result }),
)

t.test('a reporter that throws is left out, and the others hear everything', async (t) => {
  const heard: string[] = []
  const multiplexer = new Multiplexer([
    { name: 'broken', listen: (event) => t.equal(event.type, 'start') && throwIt() },
    { name: 'sound', listen: ({ type }) => heard.push(type) },
  ])
  for (const event of [start, ...results, end]) multiplexer.listen(event)
  t.same(heard, ['start', 'result', 'result', 'result', 'end'])
  t.match(multiplexer.failures, [{ fault: 'sidetrack', message: 'reporter broken failed: it broke' }])
})

t.test('what a reporter cannot write is the fault of the machine', async (t) => {
  const multiplexer = new Multiplexer([{ name: 'github', listen: () => appendFileSync('/nowhere/summary', 'x') }])
  multiplexer.listen(start)
  t.match(multiplexer.failures, [{ fault: 'machine', message: /^reporter github failed: ENOENT/ }])
})

t.test('a run that breaks off gets its end, once, with what was counted', async (t) => {
  const ends: RunEvent[] = []
  const multiplexer = new Multiplexer([
    { name: 'sound', listen: (event) => void (event.type === 'end' && ends.push(event)) },
  ])
  for (const event of [start, ...results]) multiplexer.listen(event)
  multiplexer.end({ interrupted: false, error: new HarnessError('sidetrack', 'oops') })
  multiplexer.end({ interrupted: true })
  multiplexer.listen(end)
  t.match(ends, [
    { interrupted: false, error: { message: 'oops' }, summary: { checks: 3, passed: 1, failed: 1, errors: 1 } },
  ])
  t.equal(ends.length, 1)
})

t.test('a run that never began has no end', async (t) => {
  const heard: RunEvent[] = []
  new Multiplexer([{ name: 'sound', listen: (event) => heard.push(event) }]).end({ interrupted: true })
  t.same(heard, [])
})

function throwIt(): never {
  throw new Error('it broke')
}
