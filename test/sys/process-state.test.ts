import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { isEnding, isStopped } from '../../harness/sys/process-state.ts'
import { waitForEnd } from '../sandbox/pidfd.ts'

t.test('a process that has died is known before Node has told of it', async (t) => {
  const child = spawn('sleep', ['600'])
  await once(child, 'spawn')
  const pid = child.pid as number
  t.equal(isEnding(pid), false)
  child.kill('SIGKILL')
  waitForEnd(pid)
  t.equal(child.signalCode, null, 'Node has not')
  t.equal(isEnding(pid), true)
  await once(child, 'exit')
  t.equal(isEnding(pid), true, 'one that is gone altogether')
})

t.test('a process that is stopped, and one that goes on', async (t) => {
  const child = spawn('sleep', ['600'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  const pid = child.pid as number
  t.equal(isStopped(pid), false)
  child.kill('SIGSTOP')
  while (!isStopped(pid));
  child.kill('SIGCONT')
  while (isStopped(pid));
  t.equal(isEnding(pid), false)
})
