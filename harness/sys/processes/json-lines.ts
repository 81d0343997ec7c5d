import type { Readable, Writable } from 'node:stream'

/**
 * Calls back for each line of JSON that a stream brings, as it comes. Each byte is looked at once, however long the
 * line is and however many chunks it comes in.
 * @param onEnd when the stream has ended.
 */
export function readJsonLines(stream: Readable, onValue: (value: unknown) => void, onEnd: () => void): void {
  let parts: Buffer[] = []
  stream.on('data', (chunk: Buffer) => {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      parts.push(chunk.subarray(start, end))
      const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
      parts = []
      start = end + 1
      if (line.length > 0) onValue(JSON.parse(line.toString('utf8')))
    }
    if (start < chunk.length) parts.push(chunk.subarray(start))
  })
  stream.once('end', onEnd)
  stream.once('error', onEnd)
}

/** What is written in one turn of the event loop goes out at once: whoever reads it is woken by each. */
export function writeJsonLine(stream: Writable, value: unknown): void {
  if (stream.writableCorked === 0) {
    stream.cork()
    process.nextTick(() => stream.uncork())
  }
  stream.write(`${JSON.stringify(value)}\n`)
}
