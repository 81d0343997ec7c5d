import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')

t.test('output that cannot be written is the fault of the machine, in one line, whatever the command', async (t) => {
  for (const args of [['list'], ['run', 'inner-bridge', '--iptables', 'nft', '--reporter', 'tap']]) {
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    t.match(
      { status, stderr },
      { status: 3, stderr: /^sidetrack: standard output cannot be written: ENOSPC.*\n$/ },
      args.join(' '),
    )
  }
})

t.test('so is a report file: it is named, and nothing is said of a fault of ours', (t) => {
  const from = t.testdir({ 'rules.txt': '*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n' })
  const calls = {
    run: ['run', 'inner-bridge', '--iptables', 'nft'],
    gate: [
      'gate',
      '--baseline',
      'osm@1.0',
      '--candidate',
      'osm',
      '--config',
      '-',
      '--iptables',
      'nft',
      '--flows',
      'witnesses',
    ],
    repro: ['repro', 'rules.txt', '--mesh', 'osm', '--static'],
  }
  for (const [name, args] of Object.entries(calls)) {
    const { status, stderr } = sidetrack([...args, '--reporter', 'json=/dev/full'], { from, input: '{}' })
    t.match([status, stderr], [3, /^sidetrack: --reporter json=\/dev\/full: could not be written: ENOSPC.*\n$/], name)
  }
  t.end()
})

t.test('output that nobody reads any more ends a run as if it had been interrupted', async (t) => {
  const call = 'run osm/outbound --repeat 100 --reporter tap'.split(' ')
  const { stdout } = spawnSync(
    'bash',
    ['-c', '"$@" | head -1; echo "${PIPESTATUS[0]}"', 'bash', process.execPath, entry, ...call],
    { encoding: 'utf8' },
  )
  t.equal(stdout, 'TAP version 14\n130\n')
})

t.test('a reader that begins when the run is over gets every line', async (t) => {
  const folder = t.testdir()
  const [gate, report] = [join(folder, 'gate'), join(folder, 'report.json')]
  spawnSync('mkfifo', [gate])
  const watcher = watch(folder)
  t.teardown(() => watcher.close())
  const call = ['run', 'outbound', '--iptables', 'nft', '--repeat', '8', '--reporter', 'tap', '--reporter']
  const slow = spawn(
    'bash',
    ['-c', '"$@" | { read -r _ < "$0"; cat; }', gate, process.execPath, entry, ...call, `json=${report}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const read = text(slow.stdout)
  // It is written when all has been said, most of which waits then: a pipe holds 64 KiB.
  while (!existsSync(report)) await once(watcher, 'change')
  writeFileSync(gate, '\n')
  const lines = (await read).trimEnd().split('\n')
  const { checks } = JSON.parse(readFileSync(report, 'utf8')).summary
  t.ok(lines.join().length > 2 * 65_536)
  t.equal(lines.filter((line) => line.startsWith('ok ')).length, checks)
  t.equal(lines.at(-1), `1..${checks}`)
})

/** What would colour, what would move the cursor (C1), and what would turn the direction. */
const evil = '\u001b]0;title\u0007\u009b2J\u202e'
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}]/u

t.test('nothing that a stranger wrote is obeyed by the terminal, whatever the command', async (t) => {
  const from = t.testdir({
    'package.json': '{"type":"commonjs"}',
    'rules.txt': `*nat\n:A${evil} - [0:0]\n-A OUTPUT -p tcp -m comment --comment "${evil}" -j A${evil}\n-A A${evil} -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n`,
    'bad.txt': `*nat\n-A OUTPUT -p ${evil}\nCOMMIT\n`,
    'nowhere.txt': `*nat\n-A OUTPUT -j A${evil}\nCOMMIT\n`,
    'commands.txt': `${evil} -t nat -F\n`,
    'titled.ts': `import { scenario } from 'sidetrack'
export default scenario(${JSON.stringify(evil)}, { rules: { kind: 'config', mesh: 'osm', config: {}, podAnnotations: {} }, flows: [] })
`,
    'scenario.ts': `import { app, ruleText, scenario } from 'sidetrack'
export default scenario('first \\u202e', { rules: ruleText('osm', '*nat\\n-A OUTPUT -j ' + ${JSON.stringify(evil)} + '\\nCOMMIT'), tags: [${JSON.stringify(evil)}], flows: [app.tcp('203.0.113.10:80').isDirect()] })
`,
  })
  const flow = ['--mesh', 'osm', '--uid', '1000', '--to', '192.0.2.1:80']
  const calls: readonly [args: readonly string[], shown: RegExp][] = [
    [['explain', '--rules', 'file:rules.txt', ...flow], /Verdict: .*\n[\s\S]*\\x1b\]0;title\\x07\\x9b2J\\u202e/],
    [['explain', '--rules', 'file:bad.txt', ...flow], /^sidetrack: .*line 2/],
    [['explain', '--rules', 'file:nowhere.txt', ...flow], /has no chain A\\u001b/],
    [
      ['explain', '--rules', 'file:commands.txt', ...flow],
      /^sidetrack: commands\.txt, line 1: nothing in the text is a rule/,
    ],
    [['explain', '--rules', `file:${evil}`, ...flow], /^sidetrack: \\x1b.*no such file/],
    [['explain', `--${evil}`], /^sidetrack: --\\x1b/],
    [['rules', '--rules', 'file:rules.txt'], /--comment "\\x1b/],
    [['list', 'titled.ts'], /titled\.ts:2: a title is one line, without control characters/],
    [['list', 'scenario.ts'], /first \\u202e/],
    [['list', '--json', 'scenario.ts'], /"title": "first \\u202e"/],
    [['run', 'scenario.ts', '--iptables', 'nft'], /first \\u202e/],
    [['run', 'scenario.ts', '--iptables', 'nft', '--reporter', 'json'], /first \\u202e/],
    [['shell', 'scenario.ts', '--', 'true'], /the rules are rejected.*\\x1b/],
  ]
  for (const [args, shown] of calls) {
    const { stdout, stderr } = resident(args, { from })
    const said = stdout + stderr
    t.match(said, shown, args.join(' '))
    t.notMatch(said, unprintable, args.join(' '))
  }
})

t.test('one door leads to the terminal', async (t) => {
  const folder = join(import.meta.dirname, '../../harness/cli')
  const others = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'command/output.ts')
    .filter((name) => /process\.std(?:out|err)\.write|console\./.test(readFileSync(join(folder, name), 'utf8')))
  t.same(others, [])
})
