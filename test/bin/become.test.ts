import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

const launcher = join(import.meta.dirname, '../../harness/bin/node.js')

/** Starts a process that becomes another one, running this code. */
function become(t: Test, code: string) {
  const script = `import { become } from ${JSON.stringify(launcher)}; await become(process.execPath, ['-e', ${JSON.stringify(code)}])`
  const launched = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => launched.kill('SIGKILL'))
  return launched
}

const waiting = `process.on('SIGTERM', () => { console.log('told'); process.exit(9) }); setTimeout(() => {}, 10_000); console.log('up')`

t.test("its exit code is the other one's, and so is its signal", async (t) => {
  t.same(await once(become(t, 'process.exit(7)'), 'exit'), [7, null])
  t.same(await once(become(t, 'process.kill(process.pid, "SIGKILL")'), 'exit'), [137, null])
})

t.test('a limit that lets nothing start is told, and not taken for a Node that does not run', async (t) => {
  const script = `import { openSync } from 'node:fs'; import { starts } from ${JSON.stringify(launcher)}
  try { for (;;) openSync('/dev/null') } catch {}
  starts(process.execPath)`
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  t.same({ status, lines: stderr.split('\n').length - 1 }, { status: 3, lines: 1 })
  t.match(stderr, /^sidetrack: no further process can be started here \(EMFILE\); raise the limits, .*ulimit -n 65536/)
})

t.test('signals are passed on', async (t) => {
  const launched = become(t, waiting)
  await once(launched.stdout, 'readable')
  launched.kill('SIGTERM')
  t.same(await once(launched, 'exit'), [9, null])
})

t.test('a launcher that is killed takes nobody by surprise: the other one sees its channel close', async (t) => {
  const launched = become(
    t,
    `process.on('disconnect', () => { console.log('alone'); process.exit() }); console.log('up')`,
  )
  launched.stdout.once('readable', () => launched.kill('SIGKILL'))
  t.match(await text(launched.stdout), 'alone')
})
