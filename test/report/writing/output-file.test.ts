import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { OutputFile } from '../../../harness/report/writing/output-file.ts'

t.test('a file appears whole when it is closed, and leaves nothing beside it', async (t) => {
  const folder = t.testdir({ 'report.json': 'old' })
  const path = join(folder, 'report.json')
  const file = new OutputFile(path, '--reporter')
  file.write('new ')
  file.write('text')
  t.equal(readFileSync(path, 'utf8'), 'old')
  file.close()
  file.close()
  t.equal(readFileSync(path, 'utf8'), 'new text')
  t.same(readdirSync(folder), ['report.json'])
})

t.test('a report that nothing was written to leaves the old one alone', async (t) => {
  const path = join(t.testdir({ report: 'old' }), 'report')
  new OutputFile(path, '--reporter').close()
  t.equal(readFileSync(path, 'utf8'), 'old')
})

t.test('the report of an earlier run is removed when one begins, whatever becomes of it', async (t) => {
  const folder = t.testdir({ 'report.json': 'old', real: 'old' })
  const file = new OutputFile(join(folder, 'report.json'), '--reporter')
  file.discardOld()
  t.same(readdirSync(folder), ['real'])
  file.discardOld()
  symlinkSync('real', join(folder, 'link'))
  new OutputFile(join(folder, 'link'), '--reporter').discardOld()
  t.same(readdirSync(folder), ['link'])
  new OutputFile('/dev/null', '--reporter').discardOld()
  t.ok(statSync('/dev/null').isCharacterDevice())
})

t.test('a link stays one, and what it leads to is written', async (t) => {
  const folder = t.testdir({ there: { report: 'old' } })
  for (const [link, target] of [
    ['link', 'there/report'],
    ['dangling', 'there/new'],
  ] as const) {
    symlinkSync(target, join(folder, link))
    const file = new OutputFile(join(folder, link), '--reporter')
    file.write('text')
    file.close()
    t.ok(lstatSync(join(folder, link)).isSymbolicLink())
    t.equal(readFileSync(join(folder, target), 'utf8'), 'text')
  }
})

t.test('a pipe is written to its reader, and one that nobody reads is not waited for', async (t) => {
  const pipe = join(t.testdir({}), 'pipe')
  spawnSync('mkfifo', [pipe])
  const write = (): void => {
    const file = new OutputFile(pipe, '--reporter')
    file.discardOld()
    file.write('x'.repeat(100_000))
    file.close()
  }
  t.throws(write, { message: `nobody reads ${pipe}` })
  const counting = spawn('sh', ['-c', `head -c 100000 '${pipe}' | wc -c`])
  const counted = text(counting.stdout)
  const opened = await readerOf(pipe)
  write()
  closeSync(opened)
  t.equal((await counted).trim(), '100000')
})

t.test('what is open already is written to, and no link of it is replaced', async (t) => {
  const module = pathToFileURL(join(import.meta.dirname, '../../../harness/report/writing/output-file.ts')).href
  const path = join(t.testdir({ out: 'before ' }), 'out')
  const script = `import { OutputFile } from '${module}'; const file = new OutputFile(process.argv[1], ''); file.discardOld(); file.write('text'); file.close()`
  for (const target of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']) {
    const out = openSync(path, 'a')
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, target], {
      stdio: ['ignore', out, 'inherit'],
    })
    closeSync(out)
    t.equal(status, 0)
  }
  t.equal(readFileSync(path, 'utf8'), 'before texttexttext')
  t.ok(lstatSync('/dev/stdout').isSymbolicLink())
})

/** Resolves once somebody has a pipe open to read, and keeps it open, so that they do not see its end yet. */
function readerOf(pipe: string): Promise<number> {
  return new Promise((resolve, reject) => open(pipe, 'w', (error, fd) => (error ? reject(error) : resolve(fd))))
}

t.test('a device stays one', async (t) => {
  const file = new OutputFile('/dev/null', '--reporter')
  file.write('text')
  file.close()
  t.ok(statSync('/dev/null').isCharacterDevice())
})

t.test('a folder that is missing, or in the way, is told before the run', async (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'taken'))
  writeFileSync(join(folder, 'file'), '')
  t.throws(() => new OutputFile(join(folder, 'none/report'), '--reporter json=none/report'), {
    fault: 'input',
    message: '--reporter json=none/report: its folder does not exist',
  })
  symlinkSync('itself', join(folder, 'itself'))
  const tooLong = 'x'.repeat(300)
  for (const [name, code] of [
    ['itself', 'ELOOP'],
    [tooLong, 'ENAMETOOLONG'],
  ] as const)
    t.throws(() => new OutputFile(join(folder, name), '--reporter'), {
      fault: 'input',
      message: `--reporter: it cannot be written (${code})`,
    })
  t.throws(() => new OutputFile(join(folder, 'taken'), '--reporter'), { fault: 'input', message: /is a folder/ })
})
