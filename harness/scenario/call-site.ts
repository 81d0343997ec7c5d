import { fileURLToPath } from 'node:url'
import type { Location } from './scenario.ts'

const here = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1)

/** Where the scenario file called the DSL: the nearest caller outside this folder. */
export function callSite(): Location {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 8
  const stack = new Error().stack ?? ''
  Error.stackTraceLimit = stackTraceLimit
  for (const line of stack.split('\n').slice(1)) {
    const [, url, row] = /\(?(file:\/\/[^)]+?):(\d+):\d+\)?$/.exec(line) ?? []
    if (url !== undefined && !url.startsWith(here)) return { file: fileURLToPath(url.replace(/\?.*$/, '')), line: Number(row) }
  }
  return { file: 'unknown', line: 0 }
}
