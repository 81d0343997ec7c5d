import t from 'tap'
import { spawnProgram } from '../../../harness/sys/processes/spawn.ts'

const defaults = { input: '', env: { PATH: process.env['PATH'] }, timeout: 10_000 }

t.test('a program gets its input and arguments as they are, and says how it ended', async (t) => {
  t.same(await spawnProgram('cat', [], { ...defaults, input: 'one\n$two\n' }), { exitCode: 0, output: 'one\n$two\n' })
  t.same(await spawnProgram('printf', ['%s|', '$HOME', 'a b', '*'], defaults), { exitCode: 0, output: '$HOME|a b|*|' })
  t.same(await spawnProgram('sh', ['-c', 'echo out; echo err >&2; exit 7'], defaults), {
    exitCode: 7,
    output: 'out\nerr\n',
  })
})

t.test('it gets the environment that it is given and no other', async (t) => {
  t.equal(
    (await spawnProgram('env', [], { ...defaults, env: { PATH: process.env['PATH'], ONLY: '1' } })).output,
    `PATH=${process.env['PATH']}\nONLY=1\n`,
  )
})

t.test('one that is killed, and one that takes too long', async (t) => {
  t.same(await spawnProgram('sh', ['-c', 'kill -9 $$'], defaults), { exitCode: 137, output: '', signal: 'SIGKILL' })
  t.same(await spawnProgram('sleep', ['20'], { ...defaults, timeout: 50 }), {
    exitCode: 137,
    output: '',
    signal: 'SIGKILL',
    isLate: true,
  })
})

t.test('one that has ended in time is not late, though nobody has heard of its end', async (t) => {
  const ending = spawnProgram('sh', ['-c', 'sleep 0.2; exit 7'], { ...defaults, timeout: 1_000 })
  process.removeAllListeners('SIGCHLD')
  t.same(await ending, { exitCode: 7, output: '' })
})

t.test('one that is not wanted any more', async (t) => {
  const controller = new AbortController()
  const sleeping = spawnProgram('sleep', ['600'], { ...defaults, timeout: 600_000, signal: controller.signal })
  controller.abort()
  t.match(await sleeping, { signal: 'SIGKILL' })
  t.match(
    await spawnProgram('sleep', ['600'], { ...defaults, signal: controller.signal }),
    { signal: 'SIGKILL' },
    'nor from the start',
  )
})

t.test('many at once, each with its own output', async (t) => {
  const numbers = Array.from({ length: 50 }, (_, index) => `${index}`)
  const ended = await Promise.all(numbers.map((number) => spawnProgram('echo', [number], defaults)))
  t.same(
    ended,
    numbers.map((number) => ({ exitCode: 0, output: `${number}\n` })),
  )
})

t.test('input of any length', async (t) => {
  const input = 'a line\n'.repeat(500_000)
  t.equal((await spawnProgram('cat', [], { ...defaults, input })).output, input)
})

t.test('one that is not there is an error at once', async (t) => {
  await t.rejects(spawnProgram('no-such-program', [], defaults), {
    message: 'start no-such-program: ENOENT',
    code: 'ENOENT',
  })
})
