import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { asOrdinaryUser } from '../helpers/ordinary-user.ts'
import { descendants } from '../sandbox/processes.ts'
import { sidetrack, start } from './command-line.ts'
import { resident } from './resident.ts'

const entry = 'harness/bin/sidetrack.js'
/** One of a file of its own: a shell in it is there sooner. */
const scenario = join(
  t.testdir({
    'server.ts': `import { app, osm, scenario } from 'sidetrack'
export default scenario('the server speaks first', {
  rules: osm(),
  flows: [app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound')],
})
`,
  }),
  'server.ts',
)
const byTitle = 'osm/outbound capture works where the server speaks first'
const root = ['--uid', '0']

t.test('a command runs in the pod, with the rules applied, and its exit code is ours', async (t) => {
  for (const backend of ['nft', 'legacy']) {
    const list = `--iptables ${backend} -- iptables-${backend} -t nat -S`.split(' ')
    const { status, stdout } = sidetrack(['shell', scenario, ...root, ...list])
    t.equal(status, 0)
    t.match(stdout, '-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-ports 15001')
  }
  t.equal(sidetrack(['shell', scenario, '--', 'sh', '-c', 'exit 7']).status, 7)
  t.equal(sidetrack(['shell', scenario, '--', 'sh', '-c', 'kill -TERM $$']).status, 143)
  t.equal(sidetrack(['shell', scenario, '--', 'no-such-program']).status, 127)
})

t.test("it has the caller's directory, and the identity that was asked for without any capability", async (t) => {
  const look = 'pwd; id -u; id -g; id -G; grep CapEff /proc/self/status'
  const { stdout } = sidetrack(
    ['shell', scenario, '--uid', '1500', '--gid', '5', '--groups', '7,8', '--', 'sh', '-c', look],
    {
      from: '/usr',
    },
  )
  t.same(stdout.trim().split('\n'), ['/usr', '1500', '5', '5 7 8', 'CapEff:\t0000000000000000'])
  t.match(sidetrack(['shell', scenario, '--', 'id', '-u']).stdout, /^1000$/m)
})

t.test("its commands may write to the caller's files", async (t) => {
  const folder = t.testdir({})
  const { status } = sidetrack(['shell', scenario, ...root, '--', 'touch', 'made'], { from: folder })
  t.equal(status, 0)
  t.same(readdirSync(folder), ['made'])
})

t.test('without a terminal the shell reads its input, and the stub and the peers answer', async (t) => {
  const input = 'exec 3<>/dev/tcp/203.0.113.10/3306; read -r heard <&3; echo "heard $heard"; exit 4'
  const { status, stdout } = sidetrack(['shell', scenario], { input })
  t.equal(stdout, 'heard peer\n')
  t.equal(status, 4)
  const counted = sidetrack(['shell', scenario, ...root], {
    input: 'setpriv --reuid 1000 --clear-groups bash -c "exec 3<>/dev/tcp/203.0.113.10/3306"; iptables-nft-save -c',
  })
  t.match(counted.stdout, /\[1:\d+\] -A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT/)
})

t.test(
  'tools are found wherever the system has them; one that is not there is named, with what brings it',
  async (t) => {
    const call = [process.execPath, entry, 'shell', scenario, '--', 'id', '-u']
    const narrow = spawnSync('env', ['PATH=/nowhere', ...call], { encoding: 'utf8' })
    t.match(narrow, { status: 0, stdout: '1000\n' })
    const hide = 'mount --bind /dev/null "$(command -v nsenter)"; exec "$@"'
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', hide, 'sh', ...call], {
      encoding: 'utf8',
    })
    t.same({ status, stdout }, { status: 3, stdout: '' })
    t.match(
      stderr,
      /^sidetrack: this machine cannot run it: nsenter is not installed: 'shell' enters its pod by it; mend with: [^\n]*install[^\n]* util-linux\n$/,
    )
  },
)

t.test('at a terminal it says where one is, and jobs can be stopped', { timeout: 30_000 }, async (t) => {
  const command = `${process.execPath} ${join(import.meta.dirname, '../..', entry)} shell '${scenario}'`
  const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, TERM: 'dumb' },
  })
  t.teardown(() => terminal.kill('SIGKILL'))
  let seen = ''
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(seen)) seen += String((await once(terminal.stdout, 'data'))[0])
    seen = ''
  }
  await until(/osm\/server › [\s\S]*eth0 10\.244\.0\.5[\s\S]*nft 1000:1000@\w+ \$ /)
  terminal.stdin.write("sh -c 'echo begun; exec sleep 1000'\n")
  // Not its echo, but its output: a Ctrl-C before that would end nothing.
  await until(/begun\r/)
  // What is typed after Ctrl-C is read by the shell only once it has the terminal again.
  terminal.stdin.write('\x03')
  await until(/\$ $/)
  terminal.stdin.write('echo code $?; sleep 1000 & jobs\n')
  await until(/code 130[\s\S]*Running +sleep 1000/)
  terminal.stdin.write('exit 9\n')
  t.equal((await once(terminal, 'exit'))[0], 9)
})

t.test('SIGKILL leaves nothing behind', { timeout: 30_000 }, async (t) => {
  const running = start(['shell', scenario, '--', 'sh', '-c', 'sleep 1001 & echo up; wait'])
  await once(running.stdout, 'data')
  const own = descendants(running.pid).map(({ name }) => name)
  // What the shell has started is not called sleep before it has come to that.
  t.equal(own.length - own.indexOf('nsenter') - 1, 2, own.join(' '))
  running.kill('SIGKILL')
  // Its output is closed once nobody holds it any more, the sleep included.
  await once(running, 'close')
})

t.test('an ordinary user has it too', async (t) => {
  const call = ['shell', byTitle, '--uid', '0', '--', 'sh', '-c', 'id -u; iptables-nft -t nat -S OUTPUT']
  const { command, args } = asOrdinaryUser(entry, ...call)
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8' })
  t.equal(status, 0)
  t.match(stdout, /^0\n[\s\S]*-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND/)
})

t.test('conformance has one pod, though it is several scenarios', async (t) => {
  const { status, stdout, stderr } = sidetrack([...'shell conformance --mesh istio -- sh -c'.split(' '), 'id -u'])
  t.match({ status, stdout }, { status: 0, stdout: /^1000$/m }, stderr)
})

t.test('a call that does not do says what is wrong', async (t) => {
  t.match(sidetrack(['shell']), { status: 2, stderr: 'names no scenario' })
  t.match(resident(['shell', 'outbound']), {
    status: 2,
    stderr: /names \d+ scenarios, and a shell is in one; write one of .*outbound\.ts:\d+/,
  })
  t.match(resident(['shell', scenario, '--uid', 'root']), { status: 2, stderr: "'root' is no UID or GID" })
  t.match(resident(['shell', scenario, '--iptables', 'all']), { status: 2, stderr: "'all' is none of nft, legacy" })
})

t.test('with a captured text, the pod has the addresses that it shows', async (t) => {
  const from = t.testdir({
    'rules.txt': `# ip addr
2: eth0@if7: <BROADCAST,UP> mtu 1500
    inet 10.2.0.9/16 scope global eth0
3: net1@if8: <BROADCAST,UP> mtu 1500
    inet 10.9.0.1/24 scope global net1
# Generated by iptables-save
*nat
-A OUTPUT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`,
    'flow.ts': `import { app, osm, scenario } from 'sidetrack'
export default scenario('one flow', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })
`,
  })
  const { status, stdout } = sidetrack(
    ['shell', 'flow.ts', '--mesh', 'osm', '--rules', 'file:rules.txt', '--', 'ip', '-4', '-br', 'address'],
    { from },
  )
  t.equal(status, 0)
  t.match(stdout, /^eth0\S* +UP +10\.2\.0\.9\/16 /m)
  t.match(stdout, /^net1\S* +UP +10\.9\.0\.1\/24 /m)
})

t.test('whose proxy is there is said where the rules are brought', async (t) => {
  const from = t.testdir({
    'rules.txt': '# Generated by iptables-save\n*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 4140\nCOMMIT\n',
    'flow.ts': `import { app, osm, scenario } from 'sidetrack'
export default scenario('one flow', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })
`,
  })
  t.match(sidetrack(['shell', 'flow.ts', '--mesh', 'osm', '--rules', 'file:rules.txt', '--', 'true'], { from }), {
    status: 0,
    stderr:
      /^proxy: OSM 1\.2 .*, by --mesh\nwarning: the rules redirect to 4140, which is no listener of that proxy\n$/,
  })
  t.equal(sidetrack(['shell', scenario, '--', 'true']).stderr, '')
})
