import type { Writable } from 'node:stream'
import { writeJsonLine } from '../../sys/json-lines.ts'
import type { WorkerEvent } from './protocol.ts'

export type Emit = (event: WorkerEvent) => void

/** Gathers the events of one turn of the event loop into one line, in the order in which they happened. */
export function eventWriter(stream: Writable): Emit {
  let gathered: WorkerEvent[] = []
  return (event) => {
    if (gathered.length === 0) {
      setImmediate(() => {
        writeJsonLine(stream, gathered)
        gathered = []
      })
    }
    gathered.push(event)
  }
}
