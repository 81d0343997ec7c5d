import t from 'tap'
import { asHarnessError, exitCodes, HarnessError, inputError } from '../../harness/core/errors.ts'

t.test('an error reads as one line with its hint', async (t) => {
  t.equal(inputError('a.ts:3', 'no such thing', 'add one').line, 'a.ts:3: no such thing; add one')
  t.equal(inputError('a.ts:3', 'no such thing').line, 'a.ts:3: no such thing')
})

t.test('whatever is thrown becomes a HarnessError', async (t) => {
  const known = new HarnessError('machine', 'no iptables')
  t.equal(asHarnessError(known), known)
  const cause = new RangeError('oops')
  t.match(asHarnessError(cause), { fault: 'sidetrack', message: 'oops', cause })
  t.match(asHarnessError('text'), { fault: 'sidetrack', message: 'text' })
  const untidied = new SuppressedError(new Error('it cannot be closed'), known)
  t.equal(asHarnessError(untidied), known, 'what went wrong first, not what could not be tidied up after')
})

t.test('every fault has its exit code', async (t) => {
  t.same(exitCodes, { ok: 0, failed: 1, rules: 1, input: 2, machine: 3, sidetrack: 4, interrupted: 130 })
})
