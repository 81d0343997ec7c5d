import { fileURLToPath } from 'node:url'
import type { Location } from './scenario.ts'

const here = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1)

/**
 * Where a scenario file wrote what it now asks of the DSL: the file is the nearest caller's outside this folder, the line the
 * outermost one in that file, so that a helper of the file's own names the line that called it.
 */
export function callSite(): Location {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 16
  const stack = new Error().stack ?? ''
  Error.stackTraceLimit = stackTraceLimit
  const frames = stack
    .split('\n')
    .map((line) => /\(?(file:\/\/[^)]+?):(\d+):\d+\)?$/.exec(line))
    .filter((frame) => frame !== null)
  const url = frames.find(([, url = '']) => !url.startsWith(here))?.[1]
  if (url === undefined) return { file: 'unknown', line: 0 }
  return { file: fileURLToPath(url.replace(/\?.*$/, '')), line: Number(frames.findLast((frame) => frame[1] === url)?.[2]) }
}
