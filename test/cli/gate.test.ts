import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import '../helpers/plain-python.ts'
import { codeBlocks, namedFiles } from '../helpers/console-blocks.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

/** A builder as a mesh's maintainer may have one: ten lines of Python. */
const builder = readFileSync(join(import.meta.dirname, '../builders/builder.py'), 'utf8')

const git = (from: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false', ...args], {
    cwd: from,
    encoding: 'utf8',
  })

/** A repository of its own, with the builder in its only commit. */
function repository(t: Test): string {
  const from = t.testdir({ tools: { 'builder.py': builder } })
  git(from, 'init', '-q')
  git(from, 'add', '.')
  git(from, 'commit', '-qm', 'a builder')
  return from
}

t.test('one change of a rule is one approval, as the page shows it, and covers no further change', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../.github/docs/gate-a-builder.md'), 'utf8')
  const files = namedFiles(page)
  const from = t.testdir({
    ...files,
    'later.txt': files['after.txt']?.replace('6379,6380', '22,6379,6380') ?? '',
  })
  const call = (candidate: string, ...more: readonly string[]) => {
    const sources = ['--mesh', 'osm', '--baseline', 'file:before.txt', '--candidate', `file:${candidate}`]
    return ['gate', ...sources, '--flows', 'witnesses', '--approvals', 'approvals.yaml', ...more]
  }
  const reason = 'the port list is read at last (issue 12)'
  const approved = sidetrack(call('after.txt', '--approve', '--reason', reason), { from })
  t.match(approved, { status: 0, stderr: 'approvals.yaml: 1 approval added\n' })
  const written = readFileSync(join(from, 'approvals.yaml'), 'utf8')
  t.ok(
    codeBlocks(page, 'yaml').some(({ code }) => code === written),
    written,
  )
  t.match(resident(call('after.txt'), { from }), { status: 0, stdout: /, 0 not\n$/ })
  t.match(sidetrack(call('later.txt'), { from }), { status: 1, stdout: /, 0 approved, / })
})

const config = { 'one.json': '{"config":{"outboundPortExclusionList":[6379]}}', 'none.json': '{}' }

t.test('a builder is held to what it was at HEAD, silently while its text alone changes', async (t) => {
  const from = repository(t)
  // Of its own, since other tests make temporary folders at the same time.
  const temporary = mkdtempSync(join(tmpdir(), 'sidetrack-gate-'))
  const { TMPDIR: usual } = process.env
  process.env['TMPDIR'] = temporary
  t.teardown(() => {
    rmSync(temporary, { recursive: true })
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  })
  const folders = () => readdirSync(temporary)
  const before = [
    folders(),
    git(from, 'status', '--porcelain=v2', '--branch'),
    readFileSync(join(from, '.git/index'), 'base64'),
  ]
  const gate = (...args: readonly string[]) =>
    resident(
      [
        'gate',
        '--mesh',
        'osm',
        '--candidate',
        'exec:python3 tools/builder.py',
        '--baseline',
        'git:HEAD',
        '--iptables',
        'nft',
        ...args,
      ],
      { from },
    )
  const write = (change: (text: string) => string) => writeFileSync(join(from, 'tools/builder.py'), change(builder))
  await t.test('the same', async (t) => {
    t.match(gate('--config', '-'), { status: 2, stderr: /standard input: is not JSON/ })
    const wrong = (candidate: string, baseline: string) =>
      resident(['gate', '--mesh', 'osm', '--candidate', candidate, '--baseline', baseline], { from }).stderr
    t.match(
      wrong('exec:python3 tools/builder.py', 'git:HAED'),
      /^sidetrack: git:HAED: there is no such commit here; git /,
    )
    write((text) => text.replaceAll('MESH_OUT', 'OTHER'))
    writeFileSync(join(from, 'one.json'), config['one.json'])
    const { status, stdout, stderr } = gate('--config', 'one.json')
    t.equal(status, 0, stdout + stderr)
    t.match(stdout, /\ngit:HEAD is [\da-f]{12}, in which exec:python3 tools\/builder.py is run\n/)
    t.match(stdout, /\n1 config: 1 compared\n(applied a second time: .*\n)?\d+ classes compared, none apart\n/)
  })
  await t.test('a change is told with its cause, approved, and stale once it is gone', async (t) => {
    write((text) => text.replace('"-A MESH_OUT -o lo -j RETURN"', '"-A MESH_OUT -d 127.0.0.1/32 -j RETURN"'))
    const changed = gate('--config', 'one.json', '--reporter', 'pretty', '--reporter', 'json=report.json')
    t.equal(changed.status, 1, changed.stdout + changed.stderr)
    t.match(
      changed.stdout,
      /\nCLOSED \d+ flows?: .*\n {2}before .*\n {2}after .*\n {2}changed {2}[-+] line \d+: nat -A MESH_OUT /,
    )
    t.match(JSON.parse(readFileSync(join(from, 'report.json'), 'utf8')), {
      schema: 'sidetrack.gate/1',
      baseline: 'git:HEAD',
      candidate: 'exec:python3 tools/builder.py',
    })
    t.match(gate('--config', 'one.json', '--approvals', 'approvals.yaml'), {
      status: 2,
      stderr: /approvals.yaml: no such file/,
    })
    t.match(gate('--config', 'one.json', '--approvals', 'approvals.yaml', '--approve', '--reason', 'meant'), {
      status: 0,
      stderr: /(^|\n)approvals.yaml: \d+ approvals? added\n$/,
    })
    t.match(
      readFileSync(join(from, 'approvals.yaml'), 'utf8'),
      /^- ids: osm\/witness\/one\/.*\n {2}before: .*\n {2}after: .*\n {2}changed:\n( {4}- .*\n)+ {2}reason: meant\n/,
    )
    t.match(gate('--config', 'one.json', '--approvals', 'approvals.yaml'), { status: 0, stdout: /, 0 not\n/ })
    write((text) => text)
    writeFileSync(
      join(from, 'approvals.yaml'),
      "- { ids: 'osm/witness/other/**', before: '*', after: '*', reason: kept }\n",
      { flag: 'a' },
    )
    const pruned = gate('--config', 'one.json', '--approvals', 'approvals.yaml', '--prune')
    t.match(pruned, {
      status: 0,
      stdout: /approvals.yaml:1: .*: this approval covers no change; --prune takes it out/,
      stderr: /(^|\n)approvals.yaml: \d+ approvals? taken out\n$/,
    })
    t.match(pruned.stdout, /approvals.yaml: not looked at: what 1 approval may cover, at line \d+\n/)
    t.match(readFileSync(join(from, 'approvals.yaml'), 'utf8'), /^- {1,2}\{ ids: 'osm\/witness\/other\/\*\*'.*\}\n$/)
  })
  git(from, 'checkout', '-q', '.')
  for (const name of ['one.json', 'report.json', 'approvals.yaml']) execFileSync('rm', ['-f', join(from, name)])
  t.same(
    [folders(), git(from, 'status', '--porcelain=v2', '--branch')],
    before.slice(0, 2),
    'nothing is left, and the repository is as it was',
  )
})

t.test('a builder that the revision has not yet is compared with nothing, and is to make rules', async (t) => {
  const from = repository(t)
  writeFileSync(join(from, '.gitignore'), 'build/\n')
  for (const [name, text] of Object.entries({
    'tools/new.py': builder,
    'tools/fails.py': 'exit(3)\n',
    'build/builder.py': builder,
    'fresh/builder.py': builder,
    'fresh/config.json': '{}',
    'fresh/other.json': config['one.json'],
  })) {
    mkdirSync(dirname(join(from, name)), { recursive: true })
    writeFileSync(join(from, name), text)
  }
  git(from, 'add', '.gitignore', 'tools/fails.py', 'fresh')
  const one = ['--config', join(from, 'fresh/config.json')]
  const gate = (candidate: string, { folder = '.', more = one }: { folder?: string; more?: string[] } = {}) =>
    resident(
      ['gate', '--mesh', 'osm', '--candidate', candidate, '--baseline', 'git:HEAD', '--iptables', 'nft', ...more],
      { from: join(from, folder) },
    )
  const first = /\ngit:HEAD is [\da-f]{12}, which has no such builder yet, so that nothing can be compared; /
  t.match(gate('exec:python3 tools/new.py'), {
    status: 2,
    stderr: /git:HEAD has no tools\/new.py, .*; commit it first/,
  })
  git(from, 'add', 'tools/new.py')
  const added = gate('exec:python3 tools/new.py', { more: ['--configs', 'fresh'] })
  t.match(added, { status: 0, stdout: first })
  t.match(added.stdout, /\n2 configs: the candidate makes rules for 2\n\nnothing was compared in /)
  t.match(JSON.parse(gate('exec:python3 tools/new.py', { more: [...one, '--reporter', 'json'] }).stdout), {
    coverage: { whole: false },
    summary: { changes: 0, errors: 0 },
  })
  t.match(gate('exec:python3 builder.py', { folder: 'fresh' }), { status: 0, stdout: first }, 'in a new folder')
  t.match(gate('exec:python3', { folder: 'fresh' }), {
    status: 2,
    stderr: /git:HEAD: fresh is not there in that revision/,
  })
  const failing = gate('exec:python3 tools/fails.py')
  t.match(failing, {
    status: 1,
    stdout: /\n1 config: the candidate makes rules for 0\n\nFAILED: /,
  })
  t.match(failing.stdout, / {2}- the rules: no builder → no rules: it exited with 3\n/)
  t.match(gate('exec:python3 build/builder.py'), {
    status: 2,
    stderr: /git:HEAD has no build\/builder.py, .*; git ignores it: name a command that builds it/,
  })
  t.match(
    gate('exec:python3 tools/builder.py fresh/config.json'),
    { status: 2, stderr: /git:HEAD has no fresh\/config.json, / },
    'what a builder that is there is given is no builder',
  )
})

t.test('a revision whose builder does not run is not said to be compared', (t) => {
  const from = repository(t)
  writeFileSync(join(from, 'one.json'), config['one.json'])
  writeFileSync(join(from, '.gitignore'), 'packages\n')
  mkdirSync(join(from, 'tools/packages'))
  writeFileSync(join(from, 'tools/packages/rules.py'), '')
  writeFileSync(join(from, 'tools/builder.py'), builder.replace('import json', 'import packages.rules, json'))
  git(from, 'add', '.')
  git(from, 'commit', '-qm', 'packages that git ignores')
  const gate = () =>
    resident(
      [
        ...['gate', '--mesh', 'osm', '--candidate', 'exec:python3 tools/builder.py', '--baseline', 'git:HEAD'],
        ...['--iptables', 'nft', '--config', 'one.json', '--flows', 'witnesses'],
      ],
      { from },
    )
  const { status, stdout } = gate()
  t.equal(status, 1)
  t.match(stdout, /, in which exec:python3 tools\/builder.py is run; git sees no change in the working tree\n/)
  t.match(stdout, /\ngit:HEAD is run without what git ignores, such as packages /)
  t.match(stdout, /\n1 config: 1 for which one side makes none\n\nMOVED: the candidate makes rules where /)
  rmSync(join(from, 'tools/packages'), { recursive: true })
  t.match(
    gate().stdout,
    /\n1 config: 1 for which neither side makes rules \(it exited with 1: .*\)\n/,
    'with the reason',
  )
  t.end()
})

t.test('a config that the mesh refuses is told, since a name that nobody reads changes nothing', (t) => {
  const from = t.testdir({ 'builder.py': builder, 'bad.json': '{"config":{"outboundPortExclusionLst":[6379]}}' })
  const gate = (baseline: string, ...more: readonly string[]) =>
    resident(
      [
        ...['gate', '--mesh', 'osm', '--candidate', 'exec:python3 builder.py', '--baseline', baseline],
        ...['--iptables', 'nft', '--flows', 'witnesses', ...more],
      ],
      { from },
    ).stdout
  const told = /\nconfig bad: OSM refuses it, and the builders are asked all the same: outboundPortExclusionLst: /
  t.match(gate('exec:python3 ./builder.py', '--config', 'bad.json'), told)
  t.notMatch(gate('exec:python3 ./builder.py', '--configs', 'generated=1'), /refuses/)
  t.end()
})

t.test('what is wrong with a call is one line', async (t) => {
  const from = t.testdir({ configs: { ...config, 'bad.json': '{"confg":{}}', 'worse.json': '[' } })
  const complaint = (...args: readonly string[]) => {
    const { status, stderr } = resident(['gate', ...args], { from })
    return [status, stderr.trim()]
  }
  const both = ['--baseline', 'osm@0.11', '--candidate', 'osm']
  t.match(complaint(), [2, /--baseline: is missing/])
  t.match(complaint('--baseline', 'osm'), [2, /--candidate: is missing/])
  t.match(complaint('--baseline', 'git:HEAD', '--candidate', 'exec:true', '--mesh', 'osm'), [
    2,
    /git:HEAD: .* is not there in that revision|is in no git repository/,
  ])
  t.match(complaint('--baseline', 'git:HEAD', '--candidate', 'osm'), [
    2,
    /runs the candidate's command, and osm is none/,
  ])
  t.match(complaint('--baseline', 'exec:true', '--candidate', 'exec:false'), [
    2,
    /does not tell whose proxy its rules are for; add --mesh/,
  ])
  t.match(complaint('--baseline', 'osm', '--candidate', 'osm'), [2, /--candidate: is the baseline: both are osm; name/])
  t.match(complaint('--baseline', 'osm', '--candidate', 'istio'), [
    2,
    /makes rules for Istio, and the baseline for OSM/,
  ])
  t.match(complaint(...both, '--approve'), [2, /--approvals: is missing/])
  t.match(complaint(...both, '--seed', '3'), [2, /--seed: nothing is left to chance; add --configs generated/])
  t.match(complaint(...both, '--configs', 'generated=x'), [2, /is not generated or generated=N/])
  t.match(complaint(...both, '--fail-on', 'opened,never'), [2, /--fail-on: 'never' stands alone, not beside others/])
  t.match(complaint(...both, '--fail-on', 'opend'), [2, /'opend' is none of any, never, failed, opened/])
  const files = complaint(...both, '--configs', 'configs')
  t.match(
    files,
    [2, /bad.json: confg: no such field, did you mean 'config'\?[\s\S]*worse.json: is not JSON/],
    'all files at once',
  )
})

t.test('configs are read from wherever people keep them, and none is passed over', (t) => {
  const from = t.testdir({
    configs: {
      'a.json': `\ufeff${config['one.json']}`,
      nested: { deep: { 'b.yaml': 'config:\n  outboundPortExclusionList: [6379]\n' } },
      'c.yml': 'config: {}\n',
      'notes.txt': 'no config',
      '.hidden': { 'd.json': '[' },
    },
    same: { 'a.json': '{}', 'a.yaml': 'config: {}' },
    bad: { nested: { 'a.yml': 'config: [' }, 'b.yaml': '- 1\n' },
    empty: { nested: {} },
    'one.yaml': 'config:\n  outboundPortExclusionList: [6379]\n',
  })
  const gate = (args: readonly string[], input?: string) => {
    const call = [
      'gate',
      '--baseline',
      'osm@1.0',
      '--candidate',
      'osm@1.1',
      '--iptables',
      'nft',
      '--flows',
      'witnesses',
    ]
    return resident([...call, '--reporter', 'json', ...args], { from, ...(input !== undefined && { input }) })
  }
  const configsOf = ({ stdout, stderr }: { stdout: string; stderr: string }): unknown =>
    stdout === ''
      ? stderr
      : (JSON.parse(stdout) as { configs: { name: string; config: unknown }[] }).configs.map(
          ({ name, config }) => `${name} ${JSON.stringify(config)}`,
        )
  const one = '{"outboundPortExclusionList":[6379]}'
  t.same(configsOf(gate(['--configs', 'configs'])), [`a ${one}`, 'c {}', `nested-deep-b ${one}`])
  t.same(configsOf(gate(['--config', 'configs/nested/../../one.yaml'])), [`one ${one}`])
  t.same(configsOf(gate(['--config', '-'], config['one.json'])), [`config-43652964 ${one}`])
  t.match(gate(['--configs', 'same']), { status: 2, stderr: /a.json and a.yaml would both be called a; rename one/ })
  t.match(gate(['--configs', 'empty']), { status: 2, stderr: /empty has no config; configs are files that end with/ })
  t.match(gate(['--configs', 'bad']), {
    status: 2,
    stderr: /bad\/b.yaml: a list is no object.*\n.*bad\/nested\/a.yml: is not YAML: .* line 1/,
  })
  t.end()
})

t.test('where a builder lacks options, no config is compared that has them', (t) => {
  const from = t.testdir({ 'builder.py': builder, ...config, configs: config })
  const gate = (...args: readonly string[]) =>
    resident(
      [
        ...[
          'gate',
          '--mesh',
          'osm',
          '--baseline',
          'osm',
          '--candidate',
          'exec:python3 builder.py',
          '--iptables',
          'nft',
        ],
        ...['--flows', 'witnesses', '--without', 'outboundPortExclusionList', ...args],
      ],
      { from },
    )
  t.match(gate('--config', 'one.json'), { status: 2, stderr: /^sidetrack: --without: no config is left to compare by/ })
  t.match(gate('--configs', 'configs').stdout, /\nleft out, .*: 1 config: outboundPortExclusionList \(1\)\n1 config: /)
  t.end()
})

t.test('texts that have no family in common are not called alike', (t) => {
  const rules = '*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n'
  const save = (program: string): string => `# Generated by ${program}-save v1.8.9\n${rules}`
  const from = t.testdir({
    'four.txt': save('iptables'),
    'six.txt': save('ip6tables'),
    'more.txt': `${save('iptables')}\n`,
  })
  const gate = (...files: readonly [baseline: string, candidate: string, ...more: string[]]) => {
    const [baseline, candidate, ...more] = files
    return resident(
      ['gate', '--mesh', 'istio', '--baseline', `file:${baseline}`, '--candidate', `file:${candidate}`, ...more],
      { from },
    )
  }
  t.match(gate('four.txt', 'six.txt'), { status: 2, stderr: /--candidate: its rules are of another family/ })
  t.match(gate('four.txt', 'more.txt', '--family', 'ipv6'), {
    status: 2,
    stderr: /--family: a text has no rules of ipv6/,
  })
  t.end()
})
