import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const root = join(import.meta.dirname, '../..')
const made = ['sidetrack.config.ts', 'scenarios/outbound.ts', 'tsconfig.json', '.github/workflows/sidetrack.yml']
/** No folder below the checkout, whose own package would be found. */
function elsewhere(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-init-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const compile = (folder: string): string =>
  spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' })
    .stdout

for (const mesh of ['istio', 'osm']) {
  t.test(`a project for ${mesh}: it runs, compiles, and is found by list`, async (t) => {
    const from = elsewhere(t)
    // As npm makes it: it does not say which kind of module the files are.
    writeFileSync(join(from, 'package.json'), '{}')
    const begun = sidetrack(['init', '--mesh', mesh], { from })
    t.match(begun, { status: 0, stdout: made.map((path) => `made  ${path}\n`).join('') })
    t.match(begun.stdout, 'npm install --save-dev sidetrack', 'it is not installed there')
    const { status, stdout, stderr } = resident(['run', '--iptables', 'nft'], { from })
    t.match({ status, stdout }, { status: 0, stdout: /0 failed/ })
    t.equal(stderr, `sidetrack.config.ts: ./scenarios --mesh ${mesh}\n`)
    t.match(resident(['list'], { from }).stdout, /^(istio|osm)\/outbound › a port is excluded from capture\n/)
    t.equal(compile(from), '', 'types are found without an installed package')
  })
}

t.test('what is there stays as it is, also in another folder', async (t) => {
  const from = t.testdir({ own: { 'tsconfig.json': '{}' } })
  t.match(
    resident(['init', 'own'], { from }).stdout,
    /made {2}sidetrack\.config\.ts\n.*\nleft as it is {2}tsconfig\.json\n[\s\S]*in own: /,
  )
  t.equal(readFileSync(join(from, 'own/tsconfig.json'), 'utf8'), '{}')
  t.match(resident(['init', 'own'], { from }).stdout, /^(left as it is .*\n){4}/)
  t.match(resident(['init', '--mesh', 'istio2'], { from }), {
    status: 2,
    stderr: /--mesh: 'istio2' is none of istio, osm/,
  })
})

t.test('a disk that is full keeps no empty file for the next call to leave as it is', (t) => {
  const from = t.testdir()
  const entry = join(root, 'harness/bin/sidetrack.js')
  // One page: the folders and the first file take it.
  const script =
    'mount -t tmpfs -o size=4k tmpfs "$1" && cd "$1" && { "$2" "$3" init; echo "$?"; find . -type f -empty; }'
  const { INIT_CWD: _, ...env } = process.env
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', from, process.execPath, entry], {
    encoding: 'utf8',
    env,
  })
  t.match(stderr, /^sidetrack: .+: cannot be written: no space is left there\n$/)
  t.equal(stdout, '2\n')
  t.end()
})

t.test('beside a tsconfig that includes something else, scenarios have one of their own', async (t) => {
  const from = elsewhere(t)
  writeFileSync(join(from, 'package.json'), '{}')
  writeFileSync(join(from, 'tsconfig.json'), '{ "include": ["src"] }')
  t.match(
    resident(['init'], { from }).stdout,
    /left as it is {2}tsconfig\.json\n[\s\S]*made {2}scenarios\/tsconfig\.json\n/,
  )
  t.equal(compile(join(from, 'scenarios')), '')
  writeFileSync(join(from, 'scenarios/outbound.ts'), "import { nothing } from 'sidetrack'\nnothing()\n")
  t.match(compile(join(from, 'scenarios')), /has no exported member 'nothing'/)
})

t.test(
  'in a folder of a repository it says where GitHub reads workflows, and the workflow runs in that folder',
  async (t) => {
    const from = elsewhere(t)
    mkdirSync(join(from, '.git'))
    const line = /move it there, .*\n {2}to \.\.\/\.\.\/\.github\/workflows\/sidetrack\.yml\n/
    t.match(resident(['init', 'packages/my rules'], { from }).stdout, line)
    const jobOf = (folder: string) =>
      parse(readFileSync(join(from, folder, '.github/workflows/sidetrack.yml'), 'utf8')).jobs.sidetrack
    const own = jobOf('packages/my rules')
    t.equal(own.defaults.run['working-directory'], 'packages/my rules')
    t.equal(own.steps[1].with['cache-dependency-path'], 'packages/my rules/package-lock.json')
    writeFileSync(join(from, 'package-lock.json'), '{}')
    resident(['init', 'packages/workspace'], { from })
    t.equal(jobOf('packages/workspace').steps[1].with['cache-dependency-path'], 'package-lock.json')
    t.notMatch(resident(['init'], { from }).stdout, /GitHub/, 'not at its root')
    t.notOk('defaults' in jobOf('.'))
  },
)

t.test('a folder that cannot be made is one line', async (t) => {
  const from = t.testdir({ file: '', link: t.fixture('symlink', '/nowhere/at/all') })
  const long = 'a'.repeat(300)
  for (const [name, line] of [
    ['file', 'file: is a file; name a folder, or one that is to be made'],
    ['file/below', 'file: is a file; name a folder, or one that is to be made'],
    ['link', 'link: this folder cannot be made: a link that leads nowhere is there'],
    // Node's own `mkdir` with `recursive` tries forever there.
    ['/proc/below', '/proc/below: this folder cannot be made: no folder can be made there'],
    [long, `${long}: this folder cannot be made: its name is too long`],
  ] as const)
    t.match(
      resident(['init', name], { from }),
      { status: 2, stdout: '', stderr: `sidetrack: ${line}\n` },
      name.slice(0, 20),
    )
})

t.test('the workflow is one', async (t) => {
  const from = t.testdir({})
  resident(['init'], { from })
  const { jobs } = parse(readFileSync(join(from, '.github/workflows/sidetrack.yml'), 'utf8'))
  t.match(jobs.sidetrack.steps.at(-1).run, /npx sidetrack run --reporter pretty --reporter github$/)
  t.notOk(existsSync(join(from, 'package.json')), 'packages are for npm to install')
})

t.test('a folder too many is not passed over', async (t) => {
  t.match(sidetrack(['init', 'a', 'b'], { from: t.testdir({}) }), {
    status: 2,
    stderr: /^sidetrack: b: one folder at a time; /,
  })
})
