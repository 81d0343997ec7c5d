import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { formatDuration, within } from '../../harness/core/deadline.ts'
import { Silence } from '../../harness/core/silence.ts'

function silence(milliseconds: number): { of: Silence; silent: Promise<void>; isSilent: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isSilent = false
  const of = new Silence(
    () => milliseconds,
    () => {
      isSilent = true
      resolve()
    },
  )
  return { of, silent: promise, isSilent: () => isSilent }
}

t.test('somebody who owes an answer and says nothing is noticed', async () => {
  const { of, silent } = silence(10)
  of.begin()
  await silent
})

t.test('somebody who owes nothing may be silent', async (t) => {
  const { of, isSilent } = silence(10)
  of.begin()
  of.begin()
  of.end()
  of.end()
  await sleep(40)
  t.equal(isSilent(), false)
})

t.test('each word gives new time', async (t) => {
  const { of, isSilent, silent } = silence(200)
  of.begin()
  const word = setInterval(() => of.heard(), 5)
  await sleep(500)
  t.equal(isSilent(), false)
  clearInterval(word)
  await silent
})

t.test('one that was stopped itself reads first what has come meanwhile', async (t) => {
  const { of, isSilent } = silence(50)
  of.begin()
  setImmediate(() => {
    // As long as this takes nothing is read; the timer has expired when it ends, and the word is there.
    const end = performance.now() + 60
    while (performance.now() < end);
    setImmediate(() => of.heard())
  })
  await sleep(70)
  t.equal(isSilent(), false)
  of.stop()
})

t.test('a wait that takes too long fails with what its caller says', async (t) => {
  await t.rejects(
    within(5, new Promise(() => {}), () => new Error('too late')),
    { message: 'too late' },
  )
  t.equal(await within(60_000, Promise.resolve(7), () => new Error('too late')), 7)
  t.same([30_000, 1_500].map(formatDuration), ['30 s', '1500 ms'])
})
