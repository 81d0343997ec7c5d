import { PassThrough } from 'node:stream'
import t from 'tap'
import { readJsonLines, writeJsonLine } from '../../harness/sys/json-lines.ts'
import { keepTail } from '../../harness/sys/tail.ts'

t.test('values come as they were written, however the bytes are cut', async (t) => {
  const values = [{ text: 'zwölf\nlines' }, [1, null], 'ü']
  const written = new PassThrough()
  for (const value of values) writeJsonLine(written, value)
  const bytes = written.read() as Buffer
  for (let size = 1; size < bytes.length; size += 1) {
    const read = new PassThrough()
    const got: unknown[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    readJsonLines(read, (value) => got.push(value), resolve)
    for (let offset = 0; offset < bytes.length; offset += size) read.write(bytes.subarray(offset, offset + size))
    read.end()
    await promise
    t.same(got, values, `${size} at a time`)
  }
})

t.test('the tail of what a process says leaves out stacks', async (t) => {
  const stream = new PassThrough()
  const tail = keepTail(stream)
  stream.write('one\ntwo\nthree\nError: four\n    at file.ts:1:2\n\nNode.js v24.0.0\n')
  await new Promise(setImmediate)
  t.equal(tail(), 'two three Error: four')
})
