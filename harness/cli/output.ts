import type { Writable } from 'node:stream'

/** Ends writing to a stream without a word once nobody reads it any more, as behind `| head`. @param closed told once that happens. */
export function quietWhenClosed(stream: Writable, closed: () => void = () => {}): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    closed()
  })
}
