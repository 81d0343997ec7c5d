import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getCallSites } from 'node:util'

/** A place in a file that somebody writes. */
export interface Location {
  file: string
  line: number
}

const here = new URL('../', import.meta.url).href

/**
 * Where a scenario file wrote what it now asks of the DSL: the file is the nearest caller's outside Sidetrack itself,
 * the line the outermost one in that file, so that a helper of the file's own names the line that called it.
 */
export function callSite(): Location {
  const frames = getCallSites(32, { sourceMap: false }).filter(({ scriptName }) => isFile(scriptName))
  const url = frames.find(({ scriptName }) => !scriptName.startsWith(here))?.scriptName
  const line = frames.findLast(({ scriptName }) => scriptName === url)?.lineNumber
  return url === undefined || line === undefined ? { file: 'unknown', line: 0 } : { file: pathOf(url), line }
}

/** ES modules are named by their address, CommonJS modules by their path. */
const isFile = (name: string): boolean => name.startsWith('file:') || isAbsolute(name)

/** A module's file, whatever query it was imported with. */
export function pathOf(url: string): string {
  if (isAbsolute(url)) return url
  const { protocol, pathname } = new URL(url)
  return fileURLToPath(`${protocol}//${pathname}`)
}
