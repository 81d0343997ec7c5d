import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseSource } from '../../harness/source/parse.ts'
import { execSource } from '../../harness/source/kinds/exec.ts'
import { asOrdinaryUser } from '../helpers/ordinary-user.ts'
import { descendants, signal } from '../sandbox/processes.ts'
import { request } from './request.ts'
import { StubbornBuilder } from './stubborn-builder.ts'

const runner = join(import.meta.dirname, 'fixtures/builder-runner.ts')
const isRoot = process.getuid?.() === 0

/** How a runner is started that may make namespaces, and for root one that may not. */
const starts = {
  'its runner': [],
  ...(isRoot && { 'a runner that may make no namespaces': ['setpriv', '--bounding-set=-sys_admin'] }),
}

for (const [name, before] of Object.entries(starts)) {
  t.test(`nothing of a builder outlives ${name}`, async (t) => {
    const builder = new StubbornBuilder(t)
    const [file = '', ...args] = [...before, process.execPath, runner, builder.command]
    const started = spawn(file, args, { stdio: 'inherit' })
    await builder.isUp()
    t.ok(builder.left().length >= 5)
    started.kill('SIGKILL')
    builder.awaitEnd()
  })
}

t.test('nor its time limit, nor an interrupt', async (t) => {
  const slow = new StubbornBuilder(t)
  const limits = { timeout: 3_000, maxBuffer: 1000 }
  const [result] = await Promise.allSettled([
    execSource('slow', slow.command.slice('exec:'.length), '/', { limits }).rules(request()),
    slow.isUp(),
  ])
  t.match(result, { reason: { fault: 'rules', message: 'slow: it took longer than 3 s' } })
  slow.awaitEnd()

  const interrupted = new StubbornBuilder(t)
  const controller = new AbortController()
  const asked = parseSource(interrupted.command, '/').rules(request(), controller.signal)
  await interrupted.isUp()
  controller.abort()
  await t.rejects(asked, { name: 'AbortError' })
  interrupted.awaitEnd()
})

t.test('nor does it run at all once it is interrupted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const asked = parseSource('exec:touch ran', folder).rules(request(), AbortSignal.abort())
  await t.rejects(asked, { name: 'AbortError' })
  t.same(readdirSync(folder), [])
})

t.test('nor is its run held up where it stops what guards it', async (t) => {
  const limits = { timeout: 1_000, maxBuffer: 1000 }
  // What stops a guard may outlive it, for a second here: only root has a kernel that sees to everything.
  const source = execSource('stopping', "sh -c 'kill -STOP $PPID; sleep 4'", '/', { limits })
  await t.rejects(source.rules(request()), { fault: 'rules', message: 'stopping: it took longer than 1 s' })
})

t.test('nor its own end, though what it has left may still speak until then', async (t) => {
  const builder = new StubbornBuilder(t, '(while kill -0 $$ 2> /dev/null; do :; done; echo iptables -N A) & exit 0')
  const asked = parseSource(builder.command, '/').rules(request())
  await builder.isUp()
  t.match(await asked, { commands: [{ argv: ['-N', 'A'] }] })
  builder.awaitEnd()
})

if (isRoot) {
  t.test('nor any process of ours that stands between: the kernel sees to that', async (t) => {
    for (const victim of ['unshare', 'MainThread']) {
      const builder = new StubbornBuilder(t)
      const asked = parseSource(builder.command, '/').rules(request())
      await builder.isUp()
      const [guard] = descendants().filter(({ name }) => name === victim)
      signal(guard?.pid, 'SIGKILL')
      await t.rejects(asked, { fault: 'rules', message: /it was killed, and its guard with it/ })
      builder.awaitEnd()
    }
  })

  const { command, args } = asOrdinaryUser('test/source/outlive.test.ts')
  t.spawn(command, args, { buffered: true }, 'as an ordinary user')
}
