import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { environment } from './command-line.ts'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
const file = (title: string, port: number): string => `import { app, osm, scenario } from 'sidetrack'
export default scenario('${title}', { rules: osm(), families: ['ipv4'], flows: [app.tcp('203.0.113.10:${port}').isRedirected('outbound')] })
`

/** A run that watches: `until` gives all that it prints until a line. */
function watching(t: Test, from: string, ...args: string[]) {
  const child = spawn(process.execPath, [entry, 'run', '--watch', '--iptables', 'nft', ...args], {
    env: environment(from),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  let wake: (() => void) | undefined
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      wake?.()
    })
  return {
    child,
    async until(line: RegExp): Promise<string> {
      for (;;) {
        const at = lines.findIndex((found) => line.test(found))
        if (at !== -1) return lines.splice(0, at + 1).join('\n')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

const ready = /^watching \d files?; Ctrl-C ends it$/

t.test(
  'a saved scenario runs again, alone; what is wrong with it is told, and mended',
  { timeout: 120_000 },
  async (t) => {
    const from = t.testdir({ 'one.ts': file('one', 80), 'two.ts': file('two', 80) })
    const { child, until } = watching(t, from, '.', '--reporter', 'pretty', '--reporter', 'json=out.json')
    t.match(await until(ready), /2 checks, 2 passed, 0 failed/)
    writeFileSync(join(from, 'one.ts'), file('one', 81))
    t.match(await until(ready), /saved: one\.ts[\s\S]*1 check, 1 passed, 0 failed/)
    const { checks } = JSON.parse(readFileSync(join(from, 'out.json'), 'utf8'))
    t.match(checks, [{ id: /one.*:81\/nft\/ipv4$/ }], 'reports are written anew')
    writeFileSync(join(from, 'two.ts'), file('two', 80).replace('families', 'familes'))
    t.match(await until(ready), /saved: two\.ts[\s\S]*two\.ts:2: scenario 'two', familes: no such field/)
    writeFileSync(join(from, 'two.new'), file('two', 82))
    renameSync(join(from, 'two.new'), join(from, 'two.ts'))
    t.match(await until(ready), /saved: two\.ts[\s\S]*1 check, 1 passed/, 'an editor may replace a file by another one')
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    t.equal(code, 0, 'as the last run')
  },
)

t.test(
  'a saved builder has everything run again, and what it writes itself does not',
  { timeout: 120_000 },
  async (t) => {
    const rules =
      '*nat\\n-A OUTPUT -p tcp -d 203.0.113.10 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001\\nCOMMIT\\n'
    const builder = (text: string): string =>
      `#!/bin/sh\necho asked >> "$(dirname "$0")/builder.log"\nprintf '${text}'\n`
    const from = t.testdir({ 'one.ts': file('one', 80), own: { 'build.sh': builder(rules) } })
    chmodSync(join(from, 'own/build.sh'), 0o755)
    const { child, until } = watching(t, from, 'one.ts', '--mesh', 'osm', '--rules', 'exec:./own/build.sh')
    t.match(await until(ready), /1 check, 1 passed/)
    writeFileSync(join(from, 'own/build.sh'), builder(''))
    t.match(await until(ready), /saved: own\/build\.sh[\s\S]*1 check, 0 passed, 1 failed/)
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    t.equal(code, 1)
    t.equal(readFileSync(join(from, 'own/builder.log'), 'utf8'), 'asked\nasked\n')
  },
)

t.test(
  'it begins with a file that does not load; files go, come back, are new, and are saved two at once',
  { timeout: 120_000 },
  async (t) => {
    const from = t.testdir({ 'one.ts': 'let x = [,;' })
    const { child, until } = watching(t, from, '.')
    t.match(await until(ready), /one\.ts:1:11: does not load/)
    writeFileSync(join(from, 'one.new'), file('one', 80))
    renameSync(join(from, 'one.new'), join(from, 'one.ts'))
    t.match(await until(ready), /saved: one\.ts[\s\S]*1 check, 1 passed/, 'mended by an editor that replaces it')
    rmSync(join(from, 'one.ts'))
    t.match(await until(ready), /saved: one\.ts/)
    writeFileSync(join(from, 'one.ts'), file('one', 81))
    t.match(await until(ready), /saved: one\.ts[\s\S]*1 check, 1 passed/, 'it is there again')
    writeFileSync(join(from, 'new.ts'), file('new', 82))
    t.match(await until(ready), /saved: new\.ts[\s\S]*1 check, 1 passed/, 'a new one')
    writeFileSync(join(from, 'one.ts'), file('one', 83))
    writeFileSync(join(from, 'new.ts'), file('new', 84))
    t.match(await until(ready), /saved: (?:one\.ts, new\.ts|new\.ts, one\.ts)\n[\s\S]*2 checks, 2 passed/)
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    t.equal(code, 0)
  },
)

t.test(
  'what a scenario is made from counts, and folders that come and go, and the project file',
  { timeout: 120_000 },
  async (t) => {
    const flows = (port: number): string =>
      `import { app } from 'sidetrack'\nexport const flows = [app.tcp('203.0.113.10:${port}').isRedirected('outbound')]\n`
    const importing = file('a', 80)
      .replace(/flows: .*\]/, 'flows')
      .replace(/^/, "import { flows } from '../lib/flows.ts'\n")
    const reading = file('b', 80).replace(
      /^/,
      "import { readFileSync } from 'node:fs'\nreadFileSync(new URL('../lib/b.txt', import.meta.url))\n",
    )
    const project = (line: string): string =>
      `import { defineConfig } from 'sidetrack'\nexport default defineConfig({ scenarios: ['./own'], ${line} })\n`
    const from = t.testdir({
      lib: { 'flows.ts': flows(80), 'b.txt': '' },
      own: { 'a.ts': importing, 'b.ts': reading, 'c.ts': file('c', 80) },
      'sidetrack.config.ts': project('jobs: 1'),
    })
    const { child, until } = watching(t, from)
    t.match(await until(ready), /3 checks, 3 passed[\s\S]*watching 6 files/)
    writeFileSync(join(from, 'lib/flows.ts'), flows(81))
    t.match(
      await until(ready),
      /saved: lib\/flows\.ts\n[\s\S]*osm\/a [\s\S]*1 check, 1 passed/,
      'of an import, who imports it',
    )
    writeFileSync(join(from, 'lib/b.txt'), 'x')
    t.match(await until(ready), /saved: lib\/b\.txt\n[\s\S]*3 checks, 3 passed/, 'who read it nobody knows')
    renameSync(join(from, 'own'), join(from, 'gone'))
    mkdirSync(join(from, 'own'))
    renameSync(join(from, 'gone/c.ts'), join(from, 'own/c.ts'))
    t.match(await until(/osm\/c .*1 check/), /saved: own/, 'a folder is another one')
    await until(ready)
    writeFileSync(join(from, 'sidetrack.config.ts'), project("ipatbles: 'nft'"))
    t.match(await until(ready), /sidetrack\.config\.ts:2: ipatbles: no such field, did you mean 'iptables'\?/)
    writeFileSync(join(from, 'sidetrack.config.ts'), project("family: 'ipv6'"))
    t.match(await until(ready), /--family ipv6\n[\s\S]*no check is selected \(1 scenario, --family ipv6\)/)
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    t.equal(code, 2)
  },
)
