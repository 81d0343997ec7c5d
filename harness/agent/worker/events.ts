import type { Writable } from 'node:stream'
import { writeJsonLine } from '../../sys/processes/json-lines.ts'
import type { WorkerMessage } from './protocol.ts'

export type Emit = (message: WorkerMessage) => void

/** Gathers the messages of one turn of the event loop into one line, in the order in which they happened. */
export function eventWriter(stream: Writable): Emit {
  let gathered: WorkerMessage[] = []
  return (message) => {
    if (gathered.length === 0) {
      setImmediate(() => {
        writeJsonLine(stream, gathered)
        gathered = []
      })
    }
    gathered.push(message)
  }
}
