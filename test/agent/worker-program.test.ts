import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ownLibraries, packages } from '../../harness/agent/worker-program.ts'
import { asPlainJavaScript } from '../../harness/sys/node/plain-javascript.ts'

t.test('libraries are brought along that are not in the folders of the system', async (t) => {
  const line = (file: string): string => `7f00-7f01 r-xp 00000000 08:01 42                         ${file}`
  const files = [
    '/usr/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
    '/home/ann/lib/libnode.so.137',
    '/home/ann/bin/node',
    '[vdso]',
  ]
  t.same(ownLibraries([...files, '/home/ann/lib/libnode.so.137'].map(line).join('\n')), [
    '/home/ann/lib/libnode.so.137',
  ])
})

t.test('types are stripped of a file once', async (t) => {
  const program = join(import.meta.dirname, '../../harness/agent/worker/main.ts')
  const [first, second, cache] = [t.testdir({}), `${t.testdirName}/second`, `${t.testdirName}/cache`]
  const plain = asPlainJavaScript(program, first, cache)
  const kept = readdirSync(cache)
  t.ok(kept.length > 10 && kept.every((name) => /^[0-9a-f]{64}\.js$/.test(name)), 'each under what it was made of')
  for (const name of kept) appendFileSync(join(cache, name), '\n// kept')
  t.match(readFileSync(asPlainJavaScript(program, second, cache), 'utf8'), /kept$/)
  t.equal(
    readFileSync(asPlainJavaScript(program, second, join(program, 'no-folder')), 'utf8'),
    readFileSync(plain, 'utf8'),
  )
})

t.test('every package that the code imports is brought along', async (t) => {
  const folder = t.testdir({})
  asPlainJavaScript(join(import.meta.dirname, '../../harness/agent/worker/main.ts'), folder)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  const imports = texts.flatMap((text) =>
    [...text.matchAll(/(?:from |import |import\(|\)\()'([^'.][^']*)'/g)].map(([, name]) => name),
  )
  t.same([...new Set(imports)].filter((name) => !name?.startsWith('node:')).sort(), packages)
})
