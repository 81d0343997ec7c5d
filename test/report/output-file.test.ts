import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OutputFile } from '../../harness/report/output-file.ts'

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
  t.throws(() => new OutputFile(join(folder, 'taken'), '--reporter'), { fault: 'input', message: /is a folder/ })
})
