import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

t.test('what a netlink socket could not hold is noticed, once, and what follows is read', async (t) => {
  const fixture = join(import.meta.dirname, 'fixtures/overrun.ts')
  const { stdout, stderr } = spawnSync('unshare', ['--map-root-user', '--net', process.execPath, fixture], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
  const [few, many, after] = JSON.parse(stdout) as { bodies: number; isLossy: boolean }[]
  t.same(few, { bodies: 1, isLossy: false })
  t.equal(many?.isLossy, true)
  t.ok((many?.bodies ?? 100) < 100)
  t.same(after, { bodies: 1, isLossy: false })
})
