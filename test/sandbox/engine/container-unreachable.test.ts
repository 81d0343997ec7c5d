import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { agentRooms, runtime } from '../../../harness/sandbox/container/container-contents.ts'
import { whyUnreachable } from '../../../harness/sandbox/engine/container-probe.ts'
import { sidetrack, start } from '../../cli/command-line.ts'

/** A path that is short enough for a socket, of which 107 characters count. */
function socketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'engine.sock')
}

t.test('the command line says that there is no engine, and exits with 3', async (t) => {
  const { DOCKER_HOST } = process.env
  t.teardown(() => {
    delete process.env['DOCKER_HOST']
    Object.assign(process.env, DOCKER_HOST === undefined ? {} : { DOCKER_HOST })
  })
  process.env['DOCKER_HOST'] = `unix://${socketPath(t)}`
  const said = async (...args: string[]): Promise<string> => {
    const call = start(['run', ...args])
    const [[code], stderr] = await Promise.all([once(call, 'exit'), text(call.stderr)])
    t.equal(code, 3)
    return stderr
  }
  const stderr = await said('--sandbox', 'container')
  t.match(
    stderr,
    /^sidetrack: no container engine answers at .*engine\.sock \(ENOENT\); start it, or correct DOCKER_HOST\n$/,
  )
  t.match(
    await said('--envoy', 'nobody/envoy'),
    /^sidetrack: --envoy: there is no file 'nobody\/envoy', and as an image: no container engine/,
  )
  t.match(await said('--envoy', 'image:nobody/envoy'), /^sidetrack: --envoy: no container engine answers at .*\n$/)
})

t.test('whatever keeps it from being reached has an answer of its own', async (t) => {
  const socket = socketPath(t)
  writeFileSync(socket, '')
  t.match(await whyUnreachable(`unix://${socket}`), { fault: 'machine', message: /ECONNREFUSED/, hint: /DOCKER_HOST/ })
  t.match(await whyUnreachable('none'), {
    message: "DOCKER_HOST is 'none', which is no URL",
    hint: 'write unix:///PATH or tcp://HOST:PORT',
  })
  t.match(await whyUnreachable('tcp://127.0.0.1:1'), {
    message: 'no container engine answers at 127.0.0.1:1 (ECONNREFUSED)',
  })
  t.equal(await whyUnreachable('ssh://somewhere'), undefined, 'which cannot be told by connecting')
})

t.test('one that is there is not in the way', async (t) => {
  const server = createServer((connection) => connection.end())
  t.teardown(() => server.close())
  const socket = socketPath(t)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  t.equal(await whyUnreachable(`unix://${socket}`), undefined)
})

t.test('a container gets every package that the agent imports', async (t) => {
  const harness = join(import.meta.dirname, '../../../harness')
  const files = agentRooms.flatMap((room) =>
    readdirSync(join(harness, room), { recursive: true, encoding: 'utf8' }).map((name) => join(harness, room, name)),
  )
  const imported = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/(?:from |import\(|createRequire\(import\.meta\.url\)\()'(\w[\w-]*)'/g),
    ])
    .map(([, name]) => name)
  // The agent starts programs by posix_spawn(3), and leaves execa to the runner.
  const needed = [...new Set(imported)].filter((name) => name !== 'execa').sort()
  t.same(needed, ['koffi', 'undici'])
  for (const name of needed)
    t.ok(
      runtime().packages.some(({ target }) => target.endsWith(`/node_modules/${name}`)),
      `${name}`,
    )
})

t.test('calls that make no sense are refused', async (t) => {
  const refused = (args: string, line: RegExp): void =>
    void t.match(sidetrack(args.split(' ')), { status: 2, stdout: '', stderr: line })
  refused('run --image debian', /^sidetrack: --image: namespaces have no image; add --sandbox container\n$/)
  refused('run --sandbox vm', /^sidetrack: --sandbox: 'vm' is none of namespaces, container\n$/)
  refused('run --sandbox container --image=-v', /^sidetrack: --image: '-v' is no image's name\n$/)
})
