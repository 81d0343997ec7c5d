import { spawnSync } from 'node:child_process'
import t from 'tap'
import { runEnclosed } from './real.ts'

/** Longer than the socket takes that Node gives a child as its standard input (net.core.wmem_default, 208 KiB). */
const more = '# more\n'.repeat(100_000)

t.test('a script whose shell ends early says why, however long it is', async (t) => {
  t.throws(() => runEnclosed(`echo 'no more' >&2\nexit 3\n${more}`), { message: /\(exit code 3\): no more$/m })
  t.throws(() => runEnclosed(`kill -KILL $$\n${more}`), { message: /\(SIGKILL\)/ })
  t.equal(runEnclosed(`${more}echo all`), 'all\n')
})

t.test('by standard input it would fail with EPIPE instead', async (t) => {
  for (const end of ['exit 3', 'exec true', 'kill -KILL $$', ')']) {
    const { error } = spawnSync('sh', { input: `${end}\n${more}` })
    t.match(error, { code: 'EPIPE' }, end)
  }
})
