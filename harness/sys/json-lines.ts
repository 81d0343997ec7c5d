import type { Readable, Writable } from 'node:stream'

/** Calls back for each line of JSON that a stream brings, as it comes. @param onEnd when the stream has ended. */
export function readJsonLines(stream: Readable, onValue: (value: unknown) => void, onEnd: () => void): void {
  const decoder = new TextDecoder()
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') onValue(JSON.parse(line))
  })
  stream.once('end', onEnd)
  stream.once('error', onEnd)
}

export function writeJsonLine(stream: Writable, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`)
}
