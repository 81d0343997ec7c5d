import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import '../helpers/plain-python.ts'
import { asOrdinaryUser } from '../helpers/ordinary-user.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const failing = ['run', 'loopback-and-self', '--mesh', 'osm@1.2', '--rules', 'osm@0.11']

interface Kept {
  folder: string
  check: { id: string; observed: { verdict: string; listener?: string } }
}

/** Runs it in a folder of the test's own. @returns every folder of evidence. */
function keep(t: Test, ...args: string[]): Kept[] {
  const from = t.testdir()
  resident(args, { from })
  return keptIn(from)
}

function keptIn(from: string): Kept[] {
  const runs = readdirSync(from).flatMap((name) => readdirSync(join(from, name)).map((run) => join(from, name, run)))
  return runs.flatMap((run) =>
    readdirSync(run).map((name) => ({
      folder: join(run, name),
      check: JSON.parse(readFileSync(join(run, name, 'check.json'), 'utf8')) as Kept['check'],
    })),
  )
}

const from = t.testdir()
sidetrack([...failing, '--keep-evidence', 'on-failure', '--grep', '(app|proxy)-tcp-pod:8080/'], { from })
/** What is left of checks that fail, on both backends. Several tests read it; whoever changes it has a copy. */
const failed = keptIn(from)
const proxyToItself = failed.filter(({ check }) => /\/proxy-tcp-pod:8080\/nft\//.test(check.id))

t.test('a check that fails leaves what was seen of it', async (t) => {
  const first = proxyToItself.find(({ check }) => check.observed.verdict === 'direct')
  if (first === undefined) return t.fail('no folder')
  t.equal(failed.length, new Set(failed.map(({ check }) => check.id)).size)
  const read = (name: string): string => readFileSync(join(first.folder, name), 'utf8')
  t.match(read('rules-before.txt'), /\[0:0\] -A PROXY_OUTPUT/)
  t.match(read('rules-after.txt'), /\[[1-9]\d*:\d+\] -A PROXY_OUTPUT/)
  t.match(read('trace.txt'), /-A OUTPUT -p tcp -j PROXY_OUTPUT/)
  t.match(read('agent.log'), /1500:0/)
  const [, port = ''] = /^# this check: tcp from port (\d+)\n/.exec(read('conntrack.txt')) ?? []
  t.match(read('conntrack.txt'), new RegExp(`^#.*\\n(.* sport=${port} .*\\n)+# what else `))
  t.match(read('agent.log'), `this check: tcp from port ${port}`)
  // A classic pcap file of Ethernet frames, in this machine's byte order (pcap-savefile(5)).
  const capture = readFileSync(join(first.folder, 'lo.pcap'))
  t.ok([0xa1b2c3d4, 0xa1b23c4d].includes(capture.readUInt32LE(0)))
  t.equal(capture.readUInt32LE(20), 1)
  t.ok(capture.length > 24, 'with a packet')
})

t.test('nothing is left by default, and of every check if that is asked for', async (t) => {
  const call = [...failing, '--iptables', 'nft', '--grep']
  const from = t.testdir()
  t.equal(resident([...call, '/proxy-tcp-pod:8080/'], { from }).status, 1)
  t.same(readdirSync(from), [])
  const kept = keep(t, ...call, '/proxy-udp-pod:8080/', '--keep-evidence', 'always')
  t.ok(kept.length > 0)
})

t.test('its script does the check again, and says what the check had seen', async (t) => {
  for (const backend of ['nft', 'legacy']) {
    const kept = failed.filter(({ check }) => check.id.includes(`/${backend}/`))
    t.ok(kept.length > 1, backend)
    for (const { folder, check } of kept.slice(0, 3)) {
      const { stdout, status } = spawnSync('sh', ['reproduce.sh'], { cwd: folder, encoding: 'utf8' })
      const { verdict, listener } = check.observed
      t.equal(status, 0)
      t.match(stdout, `\nverdict: ${verdict}${listener === undefined ? '' : ` ${listener}`}`, check.id)
    }
  }
})

t.test('it does so where a connection is never accepted, and where rules send a datagram nowhere', async (t) => {
  const from = t.testdir({
    'lost.ts': `import { app, ruleText, scenario } from 'sidetrack'
const lost = '*filter\\n-A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP\\nCOMMIT\\n'
const unsent = '*nat\\n-A OUTPUT -p udp -j DNAT --to-destination 203.0.113.10\\nCOMMIT\\n'
export default [
  scenario('third packet', { rules: ruleText('osm', lost), flows: [app.tcp('203.0.113.10:80').isDirect()] }),
  scenario('unsent', { rules: ruleText('osm', unsent), flows: [app.udp('127.0.0.1:53').isDirect()] }),
]
`,
  })
  resident(['run', 'lost.ts', '--keep-evidence', 'on-failure', '--iptables', 'nft'], { from })
  const scripts = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('reproduce.sh'),
  )
  t.equal(scripts.length, 2)
  for (const script of scripts) {
    const { stdout, status } = spawnSync('sh', [join(from, script)], { encoding: 'utf8' })
    t.match({ status, stdout }, { status: 0, stdout: /^verdict: dropped$/m }, script)
  }
})

t.test('the script sees what the rules do, not what it was told', async (t) => {
  const [first] = proxyToItself
  if (first === undefined) return t.fail('no folder')
  const script = readFileSync(join(first.folder, 'reproduce.sh'), 'utf8')
  const changed = script.replaceAll('--uid-owner 1500 -j RETURN', '--uid-owner 1501 -j RETURN')
  t.not(changed, script)
  const elsewhere = t.testdir()
  writeFileSync(join(elsewhere, 'reproduce.sh'), changed)
  const { stdout } = spawnSync('sh', ['reproduce.sh'], { cwd: elsewhere, encoding: 'utf8' })
  t.match(stdout, /^verdict: looped/m)
})

t.test('a script that cannot be run says so by its exit code, which is none of a verdict', async (t) => {
  const [first] = proxyToItself
  if (first === undefined) return t.fail('no folder')
  const script = readFileSync(join(first.folder, 'reproduce.sh'), 'utf8')
  const file = join(t.testdir(), 'reproduce.sh')
  const changes: [RegExp, string, RegExp][] = [
    [/--uid-owner 1500/g, '--uid-owner nobody-known', /nobody-known/],
    [/"links":\["eth0"/, '"links":["eth7"', /^cannot be set up here: await_network: .*eth7/m],
  ]
  for (const [what, other, says] of changes) {
    writeFileSync(file, script.replace(what, other))
    t.match(spawnSync('sh', [file], { encoding: 'utf8' }), { status: 3, stderr: says })
  }
})

t.test(
  'the script tells a refusal by the pod from one by the peer, and an ordinary user may run it, on both backends',
  async (t) => {
    const kept = keep(
      t,
      ...'run osm/udp-and-icmp --keep-evidence always --grep refused-as-.*remote-udp-pod:5354/'.split(' '),
    )
    t.equal(kept.length, 2)
    for (const { folder, check } of kept) {
      const run = join(folder, 'run.mjs')
      writeFileSync(
        run,
        `import { spawnSync } from 'node:child_process'
process.exit(spawnSync('sh', ['reproduce.sh'], { cwd: import.meta.dirname, stdio: 'inherit' }).status)`,
      )
      const { command, args } = asOrdinaryUser(relative(join(import.meta.dirname, '../..'), run))
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
      t.match(
        { status, stderr, stdout },
        { status: 0, stderr: '', stdout: /\nverdict: refused pod\n[\s\S]*\n\*nat\n/ },
        check.id,
      )
    }
  },
)

t.test('the script sees that a listener reads no original destination, on both backends', async (t) => {
  const kept = keep(
    t,
    ...'run osm/connection-zones --keep-evidence always --grep /in-a-zone-.*/(app|remote)-tcp-pod:8080/'.split(' '),
  )
  t.equal(kept.length, 4)
  for (const { folder, check } of kept) {
    const { stdout, status, stderr } = spawnSync('sh', ['reproduce.sh'], { cwd: folder, encoding: 'utf8' })
    t.match(
      { status, stderr, stdout },
      { status: 0, stderr: '', stdout: `\nverdict: captured ${check.observed.listener}` },
      check.id,
    )
  }
})

t.test('echo requests are sent again, too, on both backends', async (t) => {
  const kept = keep(
    t,
    ...'run osm/udp-and-icmp --keep-evidence always --grep /(app|remote)-icmp-(pod|peer)/'.split(' '),
  )
  t.ok(kept.length >= 4)
  for (const { folder, check } of kept) {
    const { stdout, status, stderr } = spawnSync('sh', ['reproduce.sh'], { cwd: folder, encoding: 'utf8' })
    t.match({ status, stderr, stdout }, { status: 0, stderr: '', stdout: /^verdict: direct (?:app|peer)$/m }, check.id)
  }
})

t.test('a mark and a DSCP are set again, by whoever the socket is of, on both backends', async (t) => {
  const from = t.testdir({
    'set.ts': `import { as, ruleText, scenario } from 'sidetrack'
const rules = [
  '*nat',
  '-A OUTPUT -p tcp -m owner ! --uid-owner 7 -j RETURN',
  '-A OUTPUT -p tcp -m mark --mark 0x9 -m dscp --dscp 46 -j DNAT --to-destination :8081',
  'COMMIT',
]
export default scenario('set', {
  rules: ruleText('osm', rules.join('\\n') + '\\n'),
  flows: [
    as({ uid: 7, gid: 7 }).tcp('203.0.113.10:80', { mark: 9, tos: 0xb8 }).isDirect(),
    as({ uid: 7, gid: 7 }).tcp('203.0.113.10:80', { mark: 9 }).isDropped(),
    as({ uid: 7, gid: 7 }).tcp('203.0.113.10:80', { tos: 0xb8 }).isDropped(),
    as({ uid: 8, gid: 8 }).tcp('203.0.113.10:80', { mark: 9, tos: 0xb8 }).isDropped(),
  ],
})
`,
  })
  resident(['run', 'set.ts', '--keep-evidence', 'on-failure'], { from })
  const scripts = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('reproduce.sh'),
  )
  t.equal(scripts.length, 8)
  const told = scripts.map((script) => {
    const { stdout, stderr } = spawnSync('sh', [join(from, script)], { encoding: 'utf8' })
    const flow = /"flow":.*/.exec(readFileSync(join(from, script), 'utf8'))?.[0] ?? ''
    return `${/"uid":7,.*"mark":9,"tos":184/.test(flow) ? 'all' : 'part'} ${/^verdict: (\w+)/m.exec(stdout)?.[1] ?? stderr}`
  })
  t.same(new Set(told), new Set(['all refused', 'part direct']))
})
