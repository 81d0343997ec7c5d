import type { Readable } from 'node:stream'

/**
 * Collects what a program prints, in memory that has a bound.
 * @param limits `kept` bytes are kept, those that come first; beyond `most` of them `tooMuch` is called, once.
 * @returns what tells the text so far.
 */
export function boundedOutput(
  stream: Readable,
  { kept, most, tooMuch }: { kept: number; most: number; tooMuch(): void },
): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    if (size < kept) chunks.push(chunk.subarray(0, kept - size))
    if (size <= most && size + chunk.length > most) tooMuch()
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString()
}

/** Bytes of what a program says on standard error that are worth keeping. */
export const mostComplaint = 64 * 1024
