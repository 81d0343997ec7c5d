import t from 'tap'
import { HarnessError, inputError } from '../../harness/core/errors.ts'
import { Reading } from '../../harness/input/all-at-once.ts'

const wrong = (where: string, hint?: string) => (): never => {
  throw inputError(where, 'is wrong', hint)
}

t.test('what is right is read, and nothing is said', async (t) => {
  const reading = new Reading()
  t.equal(
    reading.of(() => 80),
    80,
  )
  t.doesNotThrow(() => reading.end())
})

t.test('one mistake stays what it is', async (t) => {
  const reading = new Reading()
  reading.of(wrong('port', 'write 80'))
  t.throws(() => reading.end(), { message: 'port: is wrong', hint: 'write 80', issues: [] })
})

t.test('several are a line each, whichever of them are told inside of another', async (t) => {
  const inner = new Reading()
  inner.of(wrong('a.b'))
  inner.of(wrong('a.c: d', 'leave it out'))
  const outer = new Reading()
  outer.of(() => inner.end())
  outer.of(wrong('e'))
  t.throws(() => outer.end(), {
    fault: 'input',
    message: 'a.b: is wrong\na.c: d: is wrong; leave it out\ne: is wrong',
    issues: [
      { file: 'a.b', what: 'is wrong' },
      { file: 'a.c', what: 'd: is wrong', hint: 'leave it out' },
      { file: 'e', what: 'is wrong' },
    ],
  })
})

t.test("what is no user's fault ends reading", async (t) => {
  const reading = new Reading()
  const broken = new HarnessError('machine', 'no iptables')
  t.throws(
    () =>
      reading.of(() => {
        throw broken
      }),
    broken,
  )
})
