import { spawnSync } from 'node:child_process'
import t from 'tap'

t.test(
  'what a test starts is as it would be without tap, so that it also runs where it cannot read the checkout',
  async (t) => {
    for (const options of [{}, { env: { PATH: process.env['PATH'] } }]) {
      const { stdout } = spawnSync('env', { encoding: 'utf8', ...options })
      t.match(stdout, /^PATH=/m)
      t.same(
        stdout.split('\n').filter((line) => /^_TAPJS_|^NODE_OPTIONS=/.test(line)),
        [],
      )
    }
  },
)
