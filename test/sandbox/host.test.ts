import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const fixture = join(import.meta.dirname, 'fixtures/enclosed.ts')

t.test(
  "a run leaves its caller's network namespace as it was: rules, links, addresses, routes, settings",
  async (t) => {
    // In two steps: a network namespace that is as old as its user namespace has files in /proc that only the machine's
    // root may read.
    const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user', '--', 'unshare']
    const path = `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`
    const enclosed = [
      ...asRoot,
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      process.execPath,
      fixture,
    ]
    const text = execFileSync('unshare', enclosed, {
      encoding: 'utf8',
      maxBuffer: 1e8,
      env: { ...process.env, PATH: path },
    })
    const { wrong, before, after } = JSON.parse(text)
    t.same(wrong, [], 'the run was one')
    t.match(before.rules.join(), /--dport 9 -j REDIRECT/, 'there are rules to be lost')
    t.match(before.links, /eth0/)
    t.ok(before.sysctls.length > 500)
    t.same(after, before)
  },
)
