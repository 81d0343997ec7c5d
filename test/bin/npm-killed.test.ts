import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { waitForEnd } from '../sandbox/pidfd.ts'
import { descendants } from '../sandbox/processes.ts'
import { StubbornBuilder } from '../source/stubborn-builder.ts'

const root = join(import.meta.dirname, '../..')
const { PATH = '' } = process.env
const withoutOwnNode = PATH.split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':')

const cases = [
  { signal: 'SIGKILL', path: PATH },
  { signal: 'SIGKILL', path: withoutOwnNode, which: ', where its Node starts another one' },
  { signal: 'SIGTERM', path: PATH },
] as const

for (const { signal, path, ...more } of cases) {
  t.test(`${signal} of npm alone ends the run${'which' in more ? more.which : ''}`, async (t) => {
    const builder = new StubbornBuilder(t)
    const args = [
      'run',
      '-s',
      'sidetrack',
      '--',
      ...'run outbound --iptables nft --mesh osm'.split(' '),
      '--rules',
      builder.command,
    ]
    const npm = spawn('npm', args, {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await builder.isUp()
    const started = descendants(npm.pid).map(({ pid }) => pid)
    t.ok(started.length > 3, 'it has started others')
    npm.kill(signal)
    for (const pid of started) waitForEnd(pid)
    builder.awaitEnd()
    npm.stdout.resume()
    await once(npm, 'close')
  })
}
