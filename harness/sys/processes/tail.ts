import type { Readable } from 'node:stream'

const tailLength = 2_000

/** Keeps the end of what a process says on standard error. @returns its last lines, joined into one. */
export function keepTail(stream: Readable | null): () => string {
  let tail = ''
  stream?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-tailLength)
  })
  return () =>
    tail
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !/^at |^Node\.js v|^\^/.test(line))
      .slice(-3)
      .join(' ')
}
