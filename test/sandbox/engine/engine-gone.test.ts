import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { start } from '../../cli/command-line.ts'
import { becomes, containersOf, engineWith } from '../engine.ts'

const engine = await engineWith(['bookworm'])
const { DOCKER_HOST } = process.env
const real = DOCKER_HOST === undefined ? '/var/run/docker.sock' : /^unix:\/\/(.*)/.exec(DOCKER_HOST)?.[1]

if (typeof engine === 'string') t.plan(0, engine)
else if (real === undefined) t.plan(0, 'the engine is at no socket')
else testWith(engine, real)

function testWith(engine: Engine, real: string): void {
  t.test("an engine that goes away in the middle ends the run at once, as its machine's fault", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const sockets = new Set<Socket>()
    const between = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: real, allowHalfOpen: true })
      for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
      near.pipe(far).pipe(near)
    })
    between.listen(join(folder, 'engine'))
    await once(between, 'listening')
    process.env['DOCKER_HOST'] = `unix://${folder}/engine`
    const runner = start(['run', 'outbound', '--sandbox', 'container', '--repeat', '1000', '--reporter', 'tap'])
    delete process.env['DOCKER_HOST']
    if (DOCKER_HOST !== undefined) process.env['DOCKER_HOST'] = DOCKER_HOST
    const [ended, said] = [once(runner, 'exit'), text(runner.stderr)]
    let gone = false
    let last = ''
    for await (const line of createInterface(runner.stdout)) {
      last = line
      if (gone || !line.startsWith('ok ')) continue
      gone = true
      between.close()
      for (const socket of sockets) socket.destroy()
    }
    t.same(await ended, [3, null])
    t.match(last, 'the container engine is gone')
    t.equal(await said, '')
    t.ok(
      await becomes(async () => (await containersOf(engine, runner.pid)).length === 0),
      'the container goes with its input',
    )
  })
}
