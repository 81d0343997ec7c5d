import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TemporaryFolder } from '../../../harness/sys/files/temporary-folder.ts'

t.test('it is there, and gone', async (t) => {
  const folder = new TemporaryFolder()
  t.ok(existsSync(folder.path))
  await folder[Symbol.asyncDispose]()
  t.notOk(existsSync(folder.path))
})

t.test('without a place for it the machine is at fault, in one line', async (t) => {
  const missing = join(t.testdir({}), 'missing')
  t.teardown(replace('TMPDIR', missing))
  try {
    new TemporaryFolder()
    t.fail('it is nowhere')
  } catch (error) {
    t.match(error, {
      fault: 'machine',
      line: `the folder for temporary files, ${missing}, is not there; name one that you may write to, such as: TMPDIR=/tmp`,
    })
  }
})

/** @returns what puts the variable back. */
function replace(name: string, value: string): () => void {
  const before = process.env[name]
  process.env[name] = value
  return () => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  }
}
