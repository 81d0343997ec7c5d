import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const runner = join(import.meta.dirname, 'fixtures/runner.ts')

t.test('what the system says is told where it makes no namespaces', async (t) => {
  const folder = t.testdir({
    setpriv: '#!/bin/sh\necho "unshare: write failed /proc/self/uid_map: Operation not permitted" >&2\nexit 1\n',
  })
  chmodSync(join(folder, 'setpriv'), 0o755)
  const { stdout } = spawnSync(process.execPath, [runner], { encoding: 'utf8', env: { PATH: folder } })
  t.equal(
    stdout,
    'creating\nmachine: the sandbox has ended (exit code 1): unshare: write failed /proc/self/uid_map: Operation not permitted\n',
  )
})

t.test('an agent that says what it lacks is not left, and keeps nobody', async (t) => {
  const folder = t.testdir({
    setpriv: '#!/bin/sh\n[ "$1" = --help ] && exit\nexec "$(PATH=${PATH#*:} command -v setpriv)" "$@"\n',
  })
  chmodSync(join(folder, 'setpriv'), 0o755)
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  const { stdout, signal } = spawnSync(process.execPath, [runner], { encoding: 'utf8', env, timeout: 30_000 })
  t.match(stdout, /^creating\nmachine: there is no setpriv of util-linux/)
  t.equal(signal, null, 'it ends by itself')
})

t.test('a user namespace that maps one ID alone is told as that', async (t) => {
  const { stdout } = spawnSync('unshare', ['-Ur', process.execPath, runner], { encoding: 'utf8' })
  t.match(stdout, /^creating\nmachine: .*namespace/)
  t.notMatch(stdout, /fault:|hint:/)
})
