import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { interruptible } from '../../harness/cli/command/interrupt.ts'

t.test('one press aborts, even where npm passes it on a second time; a later one asks again', async (t) => {
  let again = 0
  using interrupt = interruptible(() => {
    again += 1
  })
  process.emit('SIGINT')
  process.emit('SIGINT')
  t.equal(interrupt.signal.aborted, true)
  t.equal(again, 0)
  await sleep(350)
  process.emit('SIGINT')
  t.equal(again, 1)
})

t.test('SIGTERM, SIGHUP and the end of the launcher abort as well', async (t) => {
  for (const event of ['SIGTERM', 'SIGHUP', 'disconnect'] as const) {
    using interrupt = interruptible(() => {})
    process.emit(event as 'SIGTERM')
    t.equal(interrupt.signal.aborted, true, event)
  }
})

t.test('a run that does not end is ended, and one that does is not', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  using hanging = interruptible(resolve, 10)
  process.emit('SIGTERM')
  t.equal(hanging.signal.aborted, true)
  await promise
  let ended = false
  const over = interruptible(() => {
    ended = true
  }, 10)
  over.abort()
  over[Symbol.dispose]()
  await sleep(40)
  t.equal(ended, false)
})

t.test('nothing is left behind', async (t) => {
  const before = process.listenerCount('SIGINT')
  interruptible(() => {})[Symbol.dispose]()
  t.equal(process.listenerCount('SIGINT'), before)
})
