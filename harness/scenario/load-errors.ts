import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { HarnessError, type Issue } from '../core/errors.ts'
import { nearestName } from '../input/nearest-name.ts'
import { withoutTypes } from '../sys/node/plain-javascript.ts'
import { pathOf } from '../input/call-site.ts'
import * as dsl from './dsl.ts'
import { complain } from '../input/issues.ts'

const own = new URL('..', import.meta.url).href

/** Says what kept a file from being loaded, and in which line. */
export function complainOfLoading(file: string, error: unknown): void {
  if (error instanceof HarnessError && error.issues.length > 0) {
    for (const issue of error.issues) complain(issue, issue.what, issue.hint)
    return
  }
  const { what, hint, ...at } = loadingIssue(file, error)
  complain(at, what, hint)
}

/** @param what comes before what the error says. */
export function loadingIssue(file: string, error: unknown, what = 'does not load'): Issue {
  const said = firstLine(error instanceof Error ? error.message : String(error))
  const missing = missingImport(error)
  if (missing !== undefined) return { ...missing, what: `${what}: ${missing.what}` }
  const place = placeOf(error) ?? (error instanceof SyntaxError ? syntaxErrorIn(file) : undefined) ?? { file }
  const { hint } = error instanceof HarnessError ? error : { hint: missingExport(said) ?? syntaxHint(error) }
  return { ...place, what: `${what}: ${said}`, ...(hint !== undefined && { hint }) }
}

/** What to do about an error of syntax, whose own words say what was expected, and nothing more. */
function syntaxHint(error: unknown): string | undefined {
  if (!(error instanceof SyntaxError) || /does not provide an export/.test(error.message)) return undefined
  if ((error as NodeJS.ErrnoException).code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'write it as JavaScript has it: Node takes types out, and runs nothing else of TypeScript'
  if (/already been declared/.test(error.message)) return undefined
  if (/^Cannot use import statement outside a module|^Unexpected token 'export'/.test(error.message))
    return "a .cjs file is CommonJS: name it .mjs, or write require('sidetrack') and module.exports"
  return 'a bracket, a comma or a quotation mark is missing there or just before, or there is one too many'
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

/**
 * Where an error comes from: the place that Node puts before the stack, or the first stack frame in a file outside
 * Sidetrack.
 */
export function placeOf(error: unknown): Pick<Issue, 'file' | 'line' | 'column'> | undefined {
  const [first = '', ...frames] = (error instanceof Error ? (error.stack ?? '') : '').split('\n')
  const [, shownFile, shownLine] = /^(\/.+|file:\/\/.+):(\d+)$/.exec(first) ?? []
  if (shownFile !== undefined)
    return {
      file: shownFile.startsWith('/') ? shownFile : pathOf(shownFile),
      line: Number(shownLine),
      ...columnIn(frames),
    }
  for (const frame of frames) {
    const [, url = '', line] = /(file:\/\/.+):(\d+):\d+\)?$/.exec(frame) ?? []
    if (url !== '' && !url.startsWith(own)) return { file: pathOf(url), line: Number(line) }
  }
  return undefined
}

/** Where a caret stands below the code that is shown before the stack. */
function columnIn(lines: readonly string[]): { column?: number } {
  const caret = lines.find((line) => /^\s*\^+$/.test(line))
  return caret === undefined ? {} : { column: caret.indexOf('^') + 1 }
}

/** Node does not say where an ES module breaks JavaScript's rules, but where it only checks one. */
function syntaxErrorIn(file: string): Pick<Issue, 'file' | 'line' | 'column'> | undefined {
  const text = readFileSync(file, 'utf8')
  const input = /ts$/.test(file) ? withoutTypes(text) : text
  const { stderr } = spawnSync(process.execPath, ['--check', '--input-type=module', '-'], {
    input,
    encoding: 'utf8',
    timeout: 10_000,
  })
  const line = /^\[stdin\]:(\d+)$/m.exec(stderr)?.[1]
  return line === undefined ? undefined : { file, line: Number(line), ...columnIn(stderr.split('\n')) }
}

/** What a file imports that is not there. */
function missingImport(error: unknown): (Issue & { line: number }) | undefined {
  const { code, message, url } = error as NodeJS.ErrnoException & { url?: string }
  const [, named, importer] =
    (code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find (?:module|package) '(.*)' imported from (.*)$/.exec(message)) ||
    []
  if (named === undefined || importer === undefined) return undefined
  const file = importer.startsWith('file:') ? fileURLToPath(importer) : importer
  const isMeant = (specifier: string): boolean =>
    url === undefined
      ? specifier === named || specifier.startsWith(`${named}/`)
      : /^\.{0,2}\//.test(specifier) && new URL(specifier, pathToFileURL(file)).href === url
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const [, specifier = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g))
      if (isMeant(specifier)) return { file, line: index + 1, what: `imports '${specifier}', which is not there` }
  }
  return undefined
}

function missingExport(said: string): string | undefined {
  const [, from, name] = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(said) ?? []
  if (name === undefined || !(from === 'sidetrack' || from?.endsWith('/scenario/dsl.ts'))) return undefined
  const names = Object.keys(dsl)
  const nearest = nearestName(name, names)
  return nearest === undefined ? `it exports ${names.join(', ')}` : `did you mean '${nearest}'?`
}
