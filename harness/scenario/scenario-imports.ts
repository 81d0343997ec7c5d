import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pathOf } from '../input/call-site.ts'

let registered = false
let hear: (importer: string, imported: string) => void = () => {}

/**
 * Lets scenario files lie anywhere: `import { scenario } from 'sidetrack'` is the DSL of the Sidetrack that runs them,
 * and a file that imports or exports is an ES module even where the package.json above it says otherwise, as `npm init`
 * writes it.
 * @param heard is told of each file that another one imports, packages and what is Sidetrack's own apart; absolute.
 */
export function allowScenarioImports(heard: typeof hear = () => {}): void {
  hear = heard
  if (registered) return
  registered = true
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const url = new URL(`./dsl.${extension}`, import.meta.url).href
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'sidetrack') return { url, shortCircuit: true }
      const refused = withBackslash(specifier, context.parentURL)
      if (/^\.{0,2}\//.test(specifier) || specifier.startsWith('file:')) tell(specifier, context.parentURL)
      if (refused !== undefined) return { ...refused, shortCircuit: true }
      const resolved = next(specifier, context)
      return { ...resolved, format: formatOf(resolved) }
    },
  })
}

/** Node goes by a file's ending and the package.json above it, and does not look into the file where that has a type. */
function formatOf({ url, format }: { url: string; format?: string | null | undefined }): string | null | undefined {
  if ((format !== 'commonjs' && format !== 'commonjs-typescript') || isForeign(url) || /\.cjs$/.test(url)) return format
  const text = readFileSync(pathOf(url), 'utf8')
  const isCommon = /\brequire\s*\(|\bmodule\.exports\b|\bexports\.\w/.test(text) && !/^(?:import|export)\s/m.test(text)
  if (isCommon) return format
  return format === 'commonjs' ? 'module' : 'module-typescript'
}

/** Whether the imported file is there or not: it may come to be. */
function tell(imported: string, importer: string | undefined): void {
  if (importer === undefined || isForeign(importer)) return
  const base = isAbsolute(importer) ? pathToFileURL(importer).href : importer
  const { href } = new URL(imported, base)
  if (!isForeign(href)) hear(pathOf(base), pathOf(href))
}

const isForeign = (url: string): boolean => url.includes('/node_modules/') || url.startsWith(house)
const house = new URL('..', import.meta.url).href

/**
 * A file with a backslash in its path, which Node takes for a folder's mark and refuses (finalizeResolution); here it
 * is a letter like any other.
 */
function withBackslash(specifier: string, parent: string | undefined): { url: string; format: string } | undefined {
  if (!/^(?:file:|\.{0,2}\/)/.test(specifier) || (parent === undefined && !specifier.startsWith('file:')))
    return undefined
  const { href, pathname } = new URL(specifier, parent)
  if (!/%5c/i.test(pathname) || !existsSync(pathOf(href))) return undefined
  return {
    url: href,
    format: /\.c[jt]s$/.test(pathname) ? 'commonjs' : /ts$/.test(pathname) ? 'module-typescript' : 'module',
  }
}
