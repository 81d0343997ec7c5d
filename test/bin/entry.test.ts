import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const entry = join(import.meta.dirname, '../../harness/bin/entry.cjs')

/** Starts a program through the entry, from a folder of this name. */
function startFrom(folder: string) {
  const bin = join(t.testdir({}), folder)
  mkdirSync(bin)
  copyFileSync(entry, join(bin, 'entry.cjs'))
  writeFileSync(join(bin, 'package.json'), '{"type":"module"}')
  writeFileSync(join(bin, 'program.js'), 'process.stdout.write(process.argv.slice(2).join())')
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bin, 'entry.cjs'), 'program', 'a', '--b'], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

t.test('a program gets its own arguments', async (t) => {
  t.match(startFrom('a (copy) #%'), { status: 0, stdout: 'a,--b' })
})

t.test('from a path with a backslash nothing can be started, and one sentence says so', async (t) => {
  const { status, stdout, stderr } = startFrom('a\\b')
  t.same({ status, stdout }, { status: 3, stdout: '' })
  t.match(stderr, /^sidetrack: Node loads no modules from a path with a backslash in it; move the checkout: .*a\\b\n$/)
})
