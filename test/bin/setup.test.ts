import t from 'tap'
import { Checkout, lockfile } from './checkout.ts'

const ci = 'npm ci --omit=dev --include=optional --ignore-scripts --engine-strict=false --loglevel=error\n'

t.test('what a run takes is installed once, and again when the lockfile changes', async (t) => {
  const checkout = new Checkout(t)
  t.match(checkout.run(['list']), { status: 0, stdout: 'ran list\n', stderr: /installing npm dependencies/, calls: ci })
  t.match(checkout.run(['list']), { status: 0, stdout: 'ran list\n', stderr: '', calls: '' })
  checkout.setLockfile(lockfile('2'))
  t.match(checkout.run(['list']), { status: 0, calls: ci })
})

t.test('what somebody else has installed is not installed twice, whatever options npm had', async (t) => {
  for (const options of [['--ignore-scripts'], ['--omit=dev'], []]) {
    const checkout = new Checkout(t)
    checkout.npm('ci', ...options)
    t.match(checkout.run(['list']), { status: 0, stdout: 'ran list\n', calls: '' }, options.join(' '))
  }
})

t.test('tests, checks and builds take the rest, which a run then leaves as it is', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  t.match(checkout.task('check'), { calls: ci.replace('--omit=dev', '--include=dev') })
  t.match(checkout.run(['list']), { status: 0, calls: '' })
})

t.test('SIDETRACK_NO_INSTALL installs no dependencies and says what is missing', async (t) => {
  const { status, stdout, stderr, calls } = new Checkout(t).run(['list'], { env: { SIDETRACK_NO_INSTALL: '1' } })
  t.same({ status, stdout, calls }, { status: 3, stdout: '', calls: '' })
  t.match(stderr, /^sidetrack: npm dependencies are missing .*; run 'npm ci --omit=dev' in [^\n]+\n$/)
})

t.test('a Node that is too old is told in one sentence, and nothing is installed', async (t) => {
  const checkout = new Checkout(t)
  const old = checkout.preload(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.2' } })",
  )
  for (const started of [checkout.run(['list'], old), checkout.task('test', old)]) {
    t.match(started, { status: 3, stdout: '', calls: '' })
    t.match(started.stderr, /^sidetrack: this is Node 16\.20\.2, and it takes Node 18 or newer [^\n]*\n$/)
  }
})

// A machine without iptables: the folder that has it is empty in a mount namespace of its own.
const bare = [
  ...(process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount']),
  'sh',
  '-c',
]
const without = [...bare, 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh']

t.test('as root, missing tools are installed, with fresh package lists where the first try fails', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  const { status, stderr, calls } = checkout.run(['run'], { before: without })
  const [install, update, again, ...more] = calls.trimEnd().split('\n')
  t.match(install, /^apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends (\S+ )*iptables( |$)/)
  t.same([update, again, more], ['apt-get -o DPkg::Lock::Timeout=300 update', install, []])
  t.equal(status, 3)
  t.match(stderr, /installing what this machine lacks \(.*iptables-nft-restore.*\): apt-get install/)
})

t.test(
  'with SIDETRACK_NO_INSTALL the one command is printed instead, and before any package is installed',
  async (t) => {
    const { status, stderr, calls } = new Checkout(t).run(['run'], {
      before: without,
      env: { SIDETRACK_NO_INSTALL: '1' },
    })
    t.same({ status, calls }, { status: 3, calls: '' })
    t.match(stderr, /^sidetrack: this machine cannot run it:\n( {2}iptables-\S+, [^\n]* are not installed\n){1,2}/)
    t.match(
      stderr,
      /\n {2}mend with: (apt-get update && )?apt-get install -y --no-install-recommends [^\n]*iptables[^\n]*\n$/,
    )
  },
)

t.test('a command that needs no tools runs without them, and help does', async (t) => {
  const checkout = new Checkout(t)
  checkout.run(['list'])
  for (const args of [
    ['list'],
    ['rules', '--rules', 'osm'],
    ['doctor'],
    ['run', '--help'],
    ['run', '--sandbox', 'container'],
  ]) {
    t.match(checkout.run(args, { before: without }), { status: 0, calls: '' }, args.join(' '))
  }
})

t.test('a user namespace that knows one UID is told before any package is installed', async (t) => {
  const { status, stderr, calls } = new Checkout(t).run(['run'], { before: ['unshare', '--user', '--map-root-user'] })
  t.same({ status, calls }, { status: 3, calls: '' })
  t.match(stderr, /\n {2}the UIDs of this user namespace are only 1, and 65536 are needed; run it outside/)
})

t.test('so is a folder that chroot has made the root', async (t) => {
  const checkout = new Checkout(t)
  const folders = `bin sbin lib lib64 usr etc proc dev tmp root home opt ${checkout.folder.split('/')[1]}`
  const enter = `for folder in ${folders}; do [ -d /$folder ] && mkdir -p "$0/$folder" && mount --rbind /$folder "$0/$folder"; done; exec "$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)" "$0" "$@"`
  const { status, stderr, calls } = checkout.run(['run'], { before: [...bare, enter, `${checkout.folder}/root`] })
  t.same({ status, calls }, { status: 3, calls: '' })
  t.match(stderr, /\n {2}\/ is a folder that chroot has made the root, and no mount; [^\n]*mount --bind/)
})
