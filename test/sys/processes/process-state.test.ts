import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setImmediate as immediate } from 'node:timers/promises'
import t from 'tap'
import { isEnding, isStarved, isStopped, WatchedProcess } from '../../../harness/sys/processes/process-state.ts'
import { waitForEnd } from '../../sandbox/pidfd.ts'

t.test('a process that has died is known before Node has told of it', async (t) => {
  const child = spawn('sleep', ['600'])
  await once(child, 'spawn')
  const pid = child.pid as number
  const watched = new WatchedProcess(pid)
  t.same([isEnding(pid), watched.isEnding], [false, false])
  child.kill('SIGKILL')
  waitForEnd(pid)
  t.equal(child.signalCode, null, 'Node has not')
  t.same([isEnding(pid), watched.isEnding], [true, true])
  await once(child, 'exit')
  t.same([isEnding(pid), watched.isEnding], [true, true], 'one that is gone altogether')
  watched.letGo()
  t.same([watched.isEnding, new WatchedProcess(pid).isEnding], [true, true])
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

t.test('a process that would go on and is not let, and others', async (t) => {
  const start = (...words: string[]): number => {
    const child = spawn(words[0] as string, words.slice(1), { stdio: 'ignore' })
    t.teardown(() => child.kill('SIGKILL'))
    return child.pid as number
  }
  const loop = ['sh', '-c', 'while :; do :; done']
  const [, cpu = ''] = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  const waiting = start('sleep', '600')
  // By its weight it has a seventieth of the processor that the other one has too (sched_prio_to_weight).
  start('taskset', '-c', cpu, ...loop)
  const starved = start('taskset', '-c', cpu, 'nice', '-n', '19', ...loop)
  while (!readFileSync(`/proc/${starved}/cmdline`, 'latin1').startsWith('sh')) await immediate()
  t.equal(isStarved(starved), true)
  t.equal(isStarved(waiting), false)
})
