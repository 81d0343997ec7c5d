import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { consoleBlocks, missingLine } from './console-blocks.ts'
import { engineWith } from './sandbox/engine.ts'
import { makeInitImage } from './sandbox/init-images.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'README.md'), 'utf8')
const program = 'npm run -s sidetrack --'

/** Runs a command of the page in a shell, as a reader would, in this folder. */
function run(command: string, from: string): string {
  const { INIT_CWD: _, FORCE_COLOR: __, ...environment } = process.env
  const direct = `"$NODE" "$ENTRY" ${command.slice(program.length)}`
  const env = { ...environment, INIT_CWD: from, NODE: process.execPath, ENTRY: join(root, 'harness/bin/sidetrack.js') }
  const { stdout, stderr } = spawnSync('sh', ['-c', direct], { cwd: root, env, encoding: 'utf8' })
  return stdout + stderr
}

t.test('what is held against what is printed can fail', async (t) => {
  t.equal(missingLine(['a', '…', 'd'], 'a\nb\nc\nd\n'), undefined)
  t.equal(missingLine(['a', '…'], 'a\nb\n'), undefined)
  t.equal(missingLine(['a … c', 'd'], 'a b c\nd\n'), undefined)
  t.equal(missingLine(['a', 'c'], 'a\nb\nc\n'), 'c')
  t.equal(missingLine(['…', 'x'], 'a\nb\n'), 'x')
  t.match(missingLine(['a'], 'a\nb\n'), 'nothing more')
})

/** What the page's reader has: a captured ruleset. */
const captured = run(`${program} rules --rules osm@1.2`, root)

const engine = await engineWith(['bookworm'])

for (const { line, command, output } of consoleBlocks(page)) {
  const image = /--init-image (\S+)/.exec(command)?.[1]
  const skip = image !== undefined && typeof engine === 'string' && engine
  t.test(`README.md:${line}: ${command}`, { skip }, async (t) => {
    t.ok(command.startsWith(program), 'it is a command of Sidetrack')
    const made = image && typeof engine !== 'string' ? await makeInitImage(engine, t, 'legacy', { withoutRun: true }) : undefined
    const own = (text: string): string => (image && made ? text.replace(image, made) : text)
    const from = command.includes('file:captured.txt') ? t.testdir({ 'captured.txt': captured }) : root
    const printed = run(own(command), from)
    if (!t.equal(missingLine(output.map(own), printed), undefined, 'it prints what the page shows')) t.comment(printed)
  })
}
