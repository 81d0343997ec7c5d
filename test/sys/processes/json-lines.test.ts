import { PassThrough } from 'node:stream'
import t from 'tap'
import { readJsonLines, writeJsonLine } from '../../../harness/sys/processes/json-lines.ts'
import { keepTail } from '../../../harness/sys/processes/tail.ts'

t.test('values come as they were written, however the bytes are cut', async (t) => {
  const values = [{ text: 'zwölf\nlines' }, [1, null], 'ü']
  const written = new PassThrough()
  for (const value of values) writeJsonLine(written, value)
  await new Promise(setImmediate)
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

t.test('a line of megabytes that comes in small pieces is read in one go', async (t) => {
  // Looked through again with every piece, as it once was, this would take the better part of an hour.
  const read = new PassThrough()
  const { promise, resolve } = Promise.withResolvers<unknown>()
  readJsonLines(read, resolve, () => {})
  const bytes = Buffer.from(`${JSON.stringify({ text: 'ü'.repeat(4_000_000) })}\n`)
  for (let offset = 0; offset < bytes.length; offset += 61) read.write(bytes.subarray(offset, offset + 61))
  t.equal(((await promise) as { text: string }).text.length, 4_000_000)
})

t.test('the tail of what a process says leaves out stacks', async (t) => {
  const stream = new PassThrough()
  const tail = keepTail(stream)
  stream.write('one\ntwo\nthree\nError: four\n    at file.ts:1:2\n\nNode.js v24.0.0\n')
  await new Promise(setImmediate)
  t.equal(tail(), 'two three Error: four')
})
