import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const checkout = join(import.meta.dirname, '../..')

/**
 * In a mount namespace of its own, a checkout, a Node and a folder of tools that lie below /run alone, and a program
 * that runs from there.
 */
const script = `
set -e
mount -t tmpfs -o mode=0755 sidetrack /run
mkdir -p /run/user/checkout /run/tools
touch /run/tools/node
mount --bind "$1" /run/user/checkout
mount --bind "$2" /run/tools/node
for tool in setpriv unshare mount iptables-nft iptables-nft-restore iptables-nft-save ip6tables-nft ip6tables-nft-restore ip6tables-nft-save
do ln -s "$(command -v $tool)" /run/tools/$tool; done
shift 2
cd /run/user
exec env -u INIT_CWD SIDETRACK_NO_INSTALL=1 PATH="/run/tools:$PATH" /run/tools/node /run/user/checkout/harness/bin/sidetrack.js "$@"
`

t.test('a checkout and tools below /run, which the sandbox has a private one of', async (t) => {
  const own = process.getuid?.() === 0 ? [] : ['--user', '--map-auto', '--map-root-user']
  const args = ['run', 'inner-bridge', '--iptables', 'nft', '--reporter', 'tap']
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', ...own, '--', 'sh', '-c', script, 'sh', checkout, process.execPath, ...args],
    { encoding: 'utf8', env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } },
  )
  t.equal(stderr, '')
  t.match(stdout, /^ok 1 - /m)
  t.equal(status, 0)
})
