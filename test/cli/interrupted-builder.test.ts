import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { StubbornBuilder } from '../source/stubborn-builder.ts'
import { sidetrack, start } from './command-line.ts'

t.test('an interrupt ends a builder at once, and blames nobody', async (t) => {
  const builder = new StubbornBuilder(t)
  const run = start([...'run outbound --iptables nft --mesh osm --reporter tap --rules'.split(' '), builder.command])
  const printed = text(run.stdout)
  await builder.isUp()
  run.kill('SIGINT')
  t.same(await once(run, 'exit'), [130, null])
  t.notMatch(await printed, /not ok/)
  builder.awaitEnd()
})

t.test('--clean-env is for programs that are run', async (t) => {
  t.match(sidetrack(['rules', '--mesh', 'osm', '--rules', 'exec:env', '--clean-env']), { status: 0, stdout: /^PATH=/m })
  t.match(sidetrack(['rules', '--rules', 'osm', '--clean-env']), {
    status: 2,
    stderr: /--clean-env: osm runs no program/,
  })
  t.match(sidetrack(['run', '--clean-env']), {
    status: 2,
    stderr: /--clean-env: no program is run; add --rules exec:COMMAND/,
  })
})
