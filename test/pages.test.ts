import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { environment } from './cli/command-line.ts'
import { commandLinePage, makePage } from './cli/command-line-page.ts'
import { resident } from './cli/resident.ts'
import { codeBlocks, consoleBlocks, missingLine, namedFiles } from './helpers/console-blocks.ts'
import { findingsPage, makeFindingsPage } from './findings/page.ts'
import { engineWith } from './sandbox/engine.ts'
import { flowOptions } from '../harness/scenario/flow-options.ts'
import { scenarioSchema } from '../harness/scenario/input.ts'
import { makeInitImage } from './sandbox/init-images.ts'

const root = join(import.meta.dirname, '..')
const markdown = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
const pages = [...markdown('.'), ...markdown('.github'), ...markdown('.github/docs'), ...markdown('harness')].map(
  (name) => ({
    name,
    text: readFileSync(join(root, name), 'utf8'),
  }),
)
const program = 'npm run -s sidetrack --'

/** Runs a command of a page in a shell, as a reader would, in this folder. */
function run(command: string, from: string): { status: number | null; printed: string } {
  const direct = `"$NODE" "$ENTRY" ${command.slice(program.length)}`
  const env = { ...environment(from), NODE: process.execPath, ENTRY: join(root, 'harness/bin/sidetrack.js') }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', direct], { cwd: root, env, encoding: 'utf8' })
  return { status, printed: stdout + stderr }
}

/** The same where the command starts nothing in a terminal: the shell reads its words, and a thread runs it. */
function runWords(command: string, from: string): ReturnType<typeof run> {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${command.slice(program.length)}`], { encoding: 'utf8' })
  const said = resident(stdout.split('\0').slice(0, -1), { from })
  return { status: said.status, printed: said.stdout + said.stderr }
}

t.test('what is held against what is printed can fail', async (t) => {
  t.equal(missingLine(['a', '…', 'd'], 'a\nb\nc\nd\n'), undefined)
  t.equal(missingLine(['a', '…'], 'a\nb\n'), undefined)
  t.equal(missingLine(['a … c', 'd'], 'a b c\nd\n'), undefined)
  t.equal(missingLine(['a', 'c'], 'a\nb\nc\n'), 'c')
  t.equal(missingLine(['…', 'x'], 'a\nb\n'), 'x')
  t.match(missingLine(['a'], 'a\nb\n'), 'nothing more')
})

t.test('the command line page says what the commands say', async (t) => {
  t.equal(readFileSync(commandLinePage, 'utf8'), await makePage(), 'node test/cli/command-line-page.ts writes it')
})

t.test('the page of findings says what the catalogue says', async (t) => {
  t.equal(readFileSync(findingsPage, 'utf8'), makeFindingsPage(), 'node test/findings/page.ts writes it')
})

t.test('the front page is no longer than a reader has patience for', async (t) => {
  t.ok((pages.find(({ name }) => name === 'README.md')?.text.split('\n').length ?? 0) <= 101)
})

t.test('links lead somewhere', async (t) => {
  for (const { name, text } of pages) {
    const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link)
    for (const link of links) {
      const [path = '', anchor] = link.split('#')
      const file = join(root, name, '..', path)
      const target = path === '' ? text : readOr(file)
      t.ok(target !== undefined && (anchor === undefined || headings(target).includes(anchor)), `${name}: ${link}`)
    }
  }
})

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** What headings are called in links. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** What the pages' reader has: a captured ruleset. */
const captured = run(`${program} rules --rules osm@1.2`, root).printed

const engine = await engineWith(['bookworm'])

for (const { name, text } of pages) {
  const files = { 'captured.txt': captured, ...namedFiles(text) }
  for (const { line, command, output } of consoleBlocks(text)) {
    const image = /--init-image (\S+)/.exec(command)?.[1]
    const skip = image !== undefined && typeof engine === 'string' && engine
    t.test(`${name}:${line}: ${command}`, { skip }, async (t) => {
      t.ok(command.startsWith(program), 'it is a command of Sidetrack')
      const made =
        image && typeof engine !== 'string' ? await makeInitImage(engine, t, 'legacy', { withoutRun: true }) : undefined
      const own = (text: string): string => (image && made ? text.replace(image, made) : text)
      const named = Object.entries(files).filter(([file]) => command.includes(`file:${file}`))
      const from = named.length > 0 ? t.testdir(Object.fromEntries(named)) : root
      const isApart = name === 'README.md' || command.startsWith(`${program} shell `)
      const { printed } = (isApart ? run : runWords)(own(command), from)
      if (!t.equal(missingLine(output.map(own), printed), undefined, 'it prints what the page shows'))
        t.comment(printed)
    })
  }
}

t.test('every field of a scenario, and every option of a flow, has an example on its page', async (t) => {
  const { text = '' } = pages.find(({ name }) => name.endsWith('write-a-scenario.md')) ?? {}
  const code = codeBlocks(text, 'ts')
    .map((block) => block.code)
    .join('')
  const names = [scenarioSchema, flowOptions.tcp, flowOptions.udp, flowOptions.icmp].flatMap(namesIn)
  t.ok(['services', 'orAt', 'otherBackend', 'bind', 'bindToDevice', 'raw'].every((name) => names.includes(name)))
  for (const name of new Set(names)) t.match(code, new RegExp(`\\b${name}: `), name)
})

t.test('every field of a report, and of a check, is on the page of the format', async (t) => {
  const { text = '' } = pages.find(({ name }) => name.endsWith('report-format.md')) ?? {}
  const schema = JSON.parse(readFileSync(join(root, 'harness/report/reading/report.schema.json'), 'utf8'))
  const { checks, environments, summary, ...whole } = schema.properties
  const fields = [whole, checks.items.properties, environments.items.properties, summary.properties].flatMap(
    Object.keys,
  )
  t.ok(['carried', 'expectedFailure', 'podImage', 'leftOut'].every((name) => fields.includes(name)))
  for (const name of fields) t.match(text, new RegExp(`\\b${name}\\b`), name)
})

/** The names of fields in a schema, and in what its fields hold. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { entries, pipe, wrapped, item } = schema as Record<'entries' | 'pipe' | 'wrapped' | 'item', unknown>
  const own = Object.entries(entries ?? {}).flatMap(([name, field]) => [
    name,
    ...(name === 'rules' ? [] : namesIn(field)),
  ])
  return [...own, ...[pipe ?? []].flat().flatMap(namesIn), ...namesIn(wrapped), ...namesIn(item)]
}

t.test('scenarios on the pages hold', async (t) => {
  const written = pages.flatMap(({ name, text }) =>
    codeBlocks(text, 'ts')
      .filter(({ code }) => code.includes('export default scenario('))
      .map(({ line, code }) => [`${name.replaceAll(/\W/g, '-')}-${line}.ts`, code] as const),
  )
  t.not(written.length, 0)
  const { status, printed } = run(`${program} run .`, t.testdir(Object.fromEntries(written)))
  if (!t.equal(status, 0)) t.comment(printed)
})
