import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { readStream, readText } from '../../../harness/sys/files/read-text.ts'

const refusal = (path: string, limits?: Parameters<typeof readText>[2]): string => {
  try {
    return `read: ${readText(path, 'NAME', limits).length}`
  } catch (error) {
    return (error as Error).message
  }
}

t.test('a file is read, and one that is too large is not', async (t) => {
  const folder = t.testdir({ file: 'grüße', empty: '' })
  t.equal(readText(join(folder, 'file'), 'NAME'), 'grüße')
  t.equal(readText(join(folder, 'empty'), 'NAME'), '')
  t.equal(refusal(join(folder, 'file'), { largest: 7 }), 'read: 5')
  t.equal(refusal(join(folder, 'file'), { largest: 6 }), 'NAME: is larger than 6 bytes')
})

t.test('what is no file is named for what it is', async (t) => {
  // Not tap's own folder: a socket's path has 107 bytes at most (unix(7)), wherever the checkout lies.
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'deeper'))
  writeFileSync(join(folder, 'file'), '')
  spawnSync('mkfifo', [join(folder, 'pipe')])
  const server = createServer().listen(join(folder, 'socket'))
  t.teardown(() => server.close())
  await once(server, 'listening')
  t.equal(refusal(join(folder, 'none')), 'NAME: no such file')
  t.equal(refusal(join(folder, 'file/none')), 'NAME: no such file')
  t.equal(refusal(join(folder, 'deeper')), 'NAME: is a folder')
  t.equal(refusal(join(folder, 'socket')), 'NAME: is a socket')
  t.equal(
    refusal(join(folder, 'pipe'), { deadline: 300 }),
    'NAME: is a pipe, and in 0.3 s nobody has written it to its end',
  )
  t.equal(refusal('/dev/zero', { largest: 1_000_000 }), 'NAME: is larger than 1000000 bytes')
  t.equal(refusal('/dev/null'), 'read: 0')
})

t.test('bytes that no text has are told, as UTF-16 has them', async (t) => {
  const folder = t.testdir({ utf16: Buffer.from('{}', 'utf16le') })
  t.equal(refusal(join(folder, 'utf16')), 'NAME: is no text: it has bytes of zero')
})

t.test('a pipe that somebody writes is read to its end, and no further than the bound', async (t) => {
  const pipe = join(t.testdir({}), 'pipe')
  spawnSync('mkfifo', [pipe])
  const written = (command: string): void => {
    const writer = spawn('sh', ['-c', `${command} > '${pipe}'`])
    t.teardown(() => writer.kill())
  }
  written('yes | head -c 100000')
  t.equal(refusal(pipe), 'read: 100000')
  written('cat /dev/zero')
  t.equal(refusal(pipe, { largest: 50_000 }), 'NAME: is larger than 50000 bytes')
})

t.test('a stream is read no further than the bound', async (t) => {
  t.equal(await readStream(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 'NAME', 3), 'abc')
  await t.rejects(readStream(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 'NAME', 3), {
    fault: 'input',
    message: 'NAME: is larger than 3 bytes',
  })
})
