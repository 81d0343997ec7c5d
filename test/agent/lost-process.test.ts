import { spawn } from 'node:child_process'
import t from 'tap'
import { lostProcess, silentProcess } from '../../harness/agent/lost-process.ts'

const who = 'the process of 1000:1000'

t.test("one that somebody has killed is the machine's affair", (t) => {
  t.match(lostProcess(who, null, 'SIGKILL', ''), {
    fault: 'machine',
    message: `${who} has been killed (SIGKILL)`,
    hint: /out of memory/,
  })
  t.match(lostProcess(who, null, 'SIGTERM', ''), {
    fault: 'machine',
    message: `${who} has been killed (SIGTERM)`,
    hint: /who ends processes/,
  })
  t.end()
})

t.test('one that has ended by itself is a fault of ours, with its last words', (t) => {
  t.match(lostProcess(who, 1, null, 'Error: oops'), {
    fault: 'sidetrack',
    message: `${who} is gone: exit code 1 Error: oops`,
  })
  t.match(lostProcess(who, null, 'SIGSEGV', ''), { fault: 'sidetrack', message: `${who} is gone: SIGSEGV` })
  t.match(
    lostProcess(who, 1, null, 'Error: socket: EMFILE'),
    { fault: 'machine', hint: /ulimit -n/ },
    'unless it could open nothing more',
  )
  t.end()
})

t.test('one that says nothing: what was waited for, and for how long', (t) => {
  const silent = spawn('sleep', ['600'])
  t.teardown(() => silent.kill('SIGKILL'))
  t.match(silentProcess(who, silent.pid, 'sync', 20_000), {
    fault: 'sidetrack',
    message: `${who} has not answered 'sync' for 20 s`,
  })
  t.end()
})
