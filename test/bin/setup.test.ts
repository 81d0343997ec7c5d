import t from 'tap'
import { Checkout } from './checkout.ts'

const ci = 'npm ci --include=dev --include=optional --loglevel=error\n'

t.test('dependencies are installed once, and again when the lockfile changes', async (t) => {
  const checkout = new Checkout(t)
  t.match(checkout.run(['list']), { status: 0, stdout: 'ran list\n', stderr: /installing npm dependencies/, calls: ci })
  t.match(checkout.run(['list']), { status: 0, stdout: 'ran list\n', stderr: '', calls: '' })
  checkout.setLockfile('{"lock":2}')
  t.match(checkout.run(['list']), { status: 0, calls: ci })
})

t.test('SIDETRACK_NO_INSTALL installs no dependencies and says what is missing', async (t) => {
  const { status, stdout, stderr, calls } = new Checkout(t).run(['list'], { env: { SIDETRACK_NO_INSTALL: '1' } })
  t.same({ status, stdout, calls }, { status: 3, stdout: '', calls: '' })
  t.match(stderr, /^sidetrack: npm dependencies are missing .*; run 'npm ci' in [^\n]+\n$/)
})

// A machine without iptables: the folder that has it is empty in a mount namespace of its own.
const bare = [...(process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount']), 'sh', '-c']
const without = [...bare, 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh']

t.test('as root, missing tools are installed, with fresh package lists where the first try fails', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  const { status, stderr, calls } = checkout.run(['run'], { before: without })
  const [install, update, again, ...more] = calls.trimEnd().split('\n')
  t.match(install, /^apt-get install -y --no-install-recommends (\S+ )*iptables( |$)/)
  t.same([update, again, more], ['apt-get update', install, []])
  t.equal(status, 3)
  t.match(stderr, /installing what this machine lacks \(.*iptables-nft-restore.*\): apt-get install/)
})

t.test('with SIDETRACK_NO_INSTALL the one command is printed instead', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  const { status, stderr, calls } = checkout.run(['run'], { before: without, env: { SIDETRACK_NO_INSTALL: '1' } })
  t.same({ status, calls }, { status: 3, calls: '' })
  t.match(
    stderr,
    /^sidetrack: this machine lacks [^\n]*; install them with: apt-get install -y --no-install-recommends [^\n]*iptables[^\n]*\n$/,
  )
})

t.test('a command that needs no tools runs without them, and help does', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  for (const args of [['list'], ['rules', '--rules', 'osm'], ['doctor'], ['run', '--help']]) {
    t.match(checkout.run(args, { before: without }), { status: 0, calls: '' }, args.join(' '))
  }
})
