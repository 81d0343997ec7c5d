import { spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import t from 'tap'
import { commands } from '../harness/cli/commands.ts'
import { readingCommands } from '../harness/cli/doctor.ts'

const root = join(import.meta.dirname, '..')
const { INIT_CWD: _, FORCE_COLOR: __, NODE_OPTIONS: ___, NODE_COMPILE_CACHE: ____, ...inherited } = process.env
const folder = t.testdir({ cache: {} })
const environment = { ...inherited, XDG_CACHE_HOME: join(folder, 'cache') }
const node = process.execPath

interface Packed {
  filename: string
  files: { path: string }[]
}

/**
 * The package as npm packs it, unpacked in the node_modules of a project of somebody else's; the lockfile's packages
 * are those it depends on.
 */
function install(folder: string): { project: string; own: string; packed: Packed } {
  const said = run('npm', ['pack', '--json', '--pack-destination', folder], root)
  const packed: Packed = [JSON.parse(said.stdout.slice(said.stdout.search(/[[{]/)))]
    .flat()
    .flatMap(unwrapped)[0] as Packed
  const project = join(folder, 'project')
  const own = join(project, 'node_modules/sidetrack')
  mkdirSync(own, { recursive: true })
  run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', own], folder)
  symlinkSync(join(root, 'node_modules'), join(own, 'node_modules'))
  return { project, own, packed }
}

/** npm 12 and later name packages by their keys. */
const unwrapped = (value: Packed | Record<string, Packed>): Packed[] =>
  'filename' in value ? [value as Packed] : Object.values(value)

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = environment,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}

const { project, own, packed } = install(folder)
const paths = packed.files.map(({ path }) => path)
const sidetrack = (...args: string[]) => run(node, [join(own, 'dist/harness/bin/sidetrack.js'), ...args], project)

const head = "import { app, osm, remote, scenario } from 'sidetrack'\n"
const body = `scenario('from a package', { rules: osm({}), families: ['ipv4'], flows: [
  app.tcp('203.0.113.10:80').isRedirected('outbound'),
  remote.tcp('pod:8080').isRedirected('inbound'),
] })\n`
const asModule = `${head}export default ${body}`
const asCommon = `const { app, osm, remote, scenario } = require('sidetrack')\nmodule.exports = ${body}`

/** Every field of a project's config: one more, or one less, does not compile. */
const wholeConfig = `import { defineConfig, type ProjectConfig } from 'sidetrack'
const whole: Required<ProjectConfig> = {
  scenarios: ['./scenarios'], mesh: 'osm@1.2', rules: 'exec:./builder', config: './config.json', cleanEnv: true,
  without: ['localProxyMode'], expectedFailures: './known.yaml', iptables: 'all', family: 'ipv4', sandbox: 'namespaces',
  image: ['bookworm'], initImage: 'init', envoy: './envoy', jobs: 4, timeout: 60, keepEvidence: 'on-failure',
  evidenceFolder: './evidence', reporter: ['pretty'],
}
export default defineConfig(whole)
// @ts-expect-error: a word that the field does not know
defineConfig({ iptables: 'nftables' })
// @ts-expect-error: there is no default export
import none from 'sidetrack'
`

/** What programs rely on that read reports: a name that goes, or a field of another type, does not compile. */
const readsReports = `import type {
  Approval, Bug, BuilderRequest, ExplainReport, FindReport, GateChange, GateReport, ListReport, Mesh, ReproReport, RunCheck, RunReport,
} from 'sidetrack/report'
export const failed = ({ checks }: RunReport): readonly string[] =>
  checks.filter(({ status }: RunCheck) => status === 'failed').map(({ id, observed, decidedBy }) => [id, observed?.verdict, decidedBy?.[0]?.text].join())
export const unapproved = (report: GateReport): GateChange[] => report.changes.filter(({ approved }) => approved === null)
export const titles = (scenarios: ListReport): string[] => scenarios.map(({ title }) => title)
export const schemas: [ExplainReport['schema'], FindReport['schema'], ReproReport['schema'], Mesh['schema'], Bug['schema']] =
  ['sidetrack.explain/1', 'sidetrack.find/1', 'sidetrack.repro/1', 'sidetrack.mesh/1', 'sidetrack.bug/1']
export const asked: BuilderRequest = { schema: 'sidetrack.config/1', mesh: 'osm', config: {}, podAnnotations: {}, family: 'ipv4' }
export const approval: Approval = { ids: '*', before: '', after: '', reason: '' }
// @ts-expect-error: an approval says why
export const unreasoned: Approval = { ids: '*', before: '', after: '' }
// @ts-expect-error: no check has such a status
export const none = ({ checks }: RunReport) => checks.filter(({ status }) => status === 'fine')
`

t.test('it holds what a user needs, and no more', async (t) => {
  for (const path of [
    'dist/harness/bin/sidetrack.js',
    'dist/harness/scenario/dsl.d.ts',
    'dist/scenarios/osm/outbound.js',
    'images/Dockerfile',
    'images/tool/Dockerfile',
    'scenarios/bugs/osm-self-call.yaml',
    'harness/scenario/bugs/bug.schema.json',
  ])
    t.ok(paths.includes(path), path)
  t.ok(paths.includes('.github/CHANGELOG.md') && paths.includes('LICENSE') && paths.includes('README.md'))
  t.same(
    paths.filter((path) => /^(test|dist\/test)\/|\.test\.|package-lock/.test(path)),
    [],
  )
})

t.test('publint finds nothing to say', async (t) => {
  const { messages } = await publint({ pkgDir: own, level: 'suggestion', pack: false, strict: true })
  const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  t.same(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  )
})

t.test('it asks for no package that it does not depend on', async (t) => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  const known = new Set([...Object.keys({ ...dependencies, ...optionalDependencies }), ...builtinModules, 'sidetrack'])
  const asked = new Map<string, string>()
  for (const path of paths.filter((path) => path.endsWith('.js'))) {
    const text = readFileSync(join(own, path), 'utf8')
    for (const [, name = ''] of text.matchAll(
      /(?:^(?:import|export)\b.* from |^import |import\()'([@\w][\w@/.:-]*)'/gm,
    ))
      asked.set(name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? ''), path)
  }
  t.ok(asked.has('valibot') && asked.has('execa'), 'imports are seen')
  t.same(
    [...asked].filter(([name]) => !name.startsWith('node:') && !known.has(name)),
    [],
  )
})

t.test('what a run takes of the lockfile has no compiler', async (t) => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  // npm installs a devDependency even with --omit=dev where it meets an optional peer dependency of another package.
  t.notOk(
    'peerDependencies' in packages['node_modules/valibot'],
    'npm has written it anew: take peerDependencies and peerDependenciesMeta out of node_modules/valibot',
  )
  t.equal(packages['node_modules/typescript'].dev, true, 'and write "dev" in place of "devOptional" there')
})

for (const type of ['commonjs', 'module'] as const) {
  t.test(`scenarios of a project of type ${type}`, async (t) => {
    const folder = join(project, type)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
    const js = type === 'module' ? asModule : asCommon
    const modules = { 'a.ts': asModule, 'b.mts': asModule, 'c.mjs': asModule }
    const files = { ...modules, 'd.cjs': asCommon, 'e.js': js, 'f.cts': asCommon }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { status, stdout, stderr } = sidetrack('run', folder, '--reporter', 'json')
    t.equal(status, 0, stderr)
    const { checks, summary } = JSON.parse(stdout)
    t.same(summary.passed, 6 * 4)
    const names: string[] = checks.map(({ id }: { id: string }) => id.split('/')[1] ?? '')
    t.same([...new Set(names)].sort(), ['a', 'b', 'c', 'd', 'e', 'f'])
  })
}

t.test('every command runs from it', async (t) => {
  for (const name of Object.keys(commands)) {
    const { status, stdout } = sidetrack(name, '--help')
    t.equal(status, 0, name)
    t.match(stdout, `Usage: npx sidetrack ${name}`)
  }
  t.match(
    sidetrack('explain', '--rules', 'istio', '--uid', '1000', '--to', '203.0.113.10:80').stdout,
    /^Verdict: redirected/,
  )
  t.match(sidetrack('list', '--bugs', 'osm-self-call').stdout, /^bugs\/osm-self-call /, 'the corpus is in it')
  t.match(sidetrack('images', 'nonesuch').stderr, /no image 'nonesuch'/, 'the recipe is in it')
})

t.test('what is compiled is kept in a folder of the one who runs it', async (t) => {
  const folder = t.testdir({ xdg: {}, home: {}, node: {}, others: {}, full: '' })
  const here = (name: string) => join(folder, name)
  const keptIn = (name: string) => readdirSync(here(name), { recursive: true, encoding: 'utf8' }).length
  const call = (env: NodeJS.ProcessEnv) => {
    const { XDG_CACHE_HOME: _, ...rest } = environment
    const args = [join(own, 'dist/harness/bin/sidetrack.js'), 'rules', '--rules', 'osm']
    const { status, stdout, stderr } = run(node, args, project, { ...rest, HOME: '/', ...env })
    t.match({ status, stdout, stderr }, { status: 0, stdout: /^\*nat$/m, stderr: '' })
  }
  call({ XDG_CACHE_HOME: here('xdg'), HOME: here('home') })
  t.ok(keptIn('xdg/sidetrack') > 100)
  t.equal(keptIn('home'), 0)
  call({ HOME: here('home') })
  t.ok(keptIn('home/.cache/sidetrack') > 100)
  call({ NODE_COMPILE_CACHE: here('node'), HOME: here('others') })
  t.ok(keptIn('node') > 100)
  t.equal(keptIn('others'), 0, "NODE_COMPILE_CACHE is the caller's own choice")
  call({ XDG_CACHE_HOME: here('full') })
  call({ HOME: 'nowhere', XDG_CACHE_HOME: 'others' })
  if (process.getuid?.() !== 0) return
  chownSync(here('others'), 1000, 1000)
  call({ HOME: here('others') })
  t.equal(keptIn('others'), 0, "root runs nothing that another user's folder holds")
})

t.test('scenarios compile against its types, and wrong ones do not', async (t) => {
  const compile = (name: string, files: Record<string, string>, skipLibCheck: boolean): string => {
    const folder = join(project, name)
    mkdirSync(folder)
    cpSync(join(project, 'module/package.json'), join(folder, 'package.json'))
    const options = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, types: [], skipLibCheck }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder).stdout
  }
  // Whether the types themselves are right is asked once: it takes seconds.
  const right = { 'own.ts': asModule, 'config.ts': wholeConfig, 'reports.ts': readsReports }
  t.equal(compile('right', right, false), '', 'the config and reports have these fields and no other')
  const wrong = compile(
    'wrong',
    {
      'own.ts': asModule.replace('families', 'familes'),
      'config.ts': wholeConfig.replace('jobs: 4', 'job: 4'),
    },
    true,
  )
  t.match(wrong, /^own\.ts\(.*'familes'/m)
  t.match(wrong, /^config\.ts\(.*'job'/m)
})

t.test('init from it elsewhere makes a project that compiles', async (t) => {
  const elsewhere = t.testdir()
  t.equal(sidetrack('init', elsewhere).status, 0)
  t.equal(run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', elsewhere], elsewhere).stdout, '')
})

t.test('what only reads rules runs without Linux', async (t) => {
  // Neither the system's tools nor what is built for Linux alone can be had.
  const script = join(t.testdir(), 'darwin.mjs')
  writeFileSync(
    script,
    `import { registerHooks } from 'node:module'
Object.defineProperty(process, 'platform', { value: 'darwin' })
process.env.PATH = ''
registerHooks({ resolve(name, context, next) {
  if (/^(koffi|node-linux)/.test(name)) throw new Error('there is no ' + name)
  return next(name, context)
} })`,
  )
  const elsewhere = (...args: string[]) =>
    run(node, ['--import', script, join(own, 'dist/harness/bin/sidetrack.js'), ...args], project)
  t.match(elsewhere('run').stderr, /darwin has no network namespaces/, 'the script acts')
  const calls: Record<string, string[]> = {
    explain: ['--rules', 'istio', '--uid', '1000', '--to', '203.0.113.10:80'],
    rules: ['--rules', 'osm'],
    find: ['--rules', 'osm', '--verdict', 'direct'],
    repro: ['osm'],
    list: ['outbound'],
    init: [join(project, 'elsewhere')],
  }
  for (const name of readingCommands.filter((name) => name !== 'merge')) {
    const { status, stdout, stderr } = elsewhere(name, ...(calls[name] ?? []))
    t.equal(status, 0, `${name}: ${stderr}`)
    t.not(stdout, '', name)
  }
  t.match(elsewhere('repro', 'osm').stdout, /^Nothing was seen in a kernel, .*: darwin has no network namespaces/)
  t.match(elsewhere('doctor').stdout, /^darwin \S+, Node \S+\ndarwin has no network namespaces/)
  for (const args of [
    ['gate', '--baseline', 'osm@0.11', '--candidate', 'osm'],
    ['explain', '--live', ...(calls.explain ?? [])],
  ]) {
    const { status, stderr } = elsewhere(...args)
    t.equal(status, 3, args.join(' '))
    t.match(stderr, /^sidetrack: this machine cannot run it: darwin has no .*\n$/)
  }
})

t.test('what it exports is what its users rely on', async (t) => {
  const exported = Object.keys(await import(join(own, 'dist/harness/scenario/dsl.js')))
  t.same(exported.sort(), [
    'app',
    'as',
    'defineConfig',
    'inner',
    'istio',
    'osm',
    'proxy',
    'remote',
    'root',
    'ruleText',
    'scenario',
  ])
  t.same(readdirSync(join(own, 'dist')).sort(), ['harness', 'images', 'scenarios'])
})
