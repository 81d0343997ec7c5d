import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathOf } from '../input/call-site.ts'

let registered = false

/**
 * Lets scenario files lie anywhere: `import { scenario } from 'sidetrack'` is the DSL of the Sidetrack that runs them,
 * and a TypeScript file is an ES module even where the package.json above it says otherwise, as `npm init` writes it.
 */
export function allowScenarioImports(): void {
  if (registered) return
  registered = true
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const url = new URL(`./dsl.${extension}`, import.meta.url).href
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'sidetrack') return { url, shortCircuit: true }
      const refused = withBackslash(specifier, context.parentURL)
      if (refused !== undefined) return { ...refused, shortCircuit: true }
      const resolved = next(specifier, context)
      return resolved.format === 'commonjs-typescript' ? { ...resolved, format: 'module-typescript' } : resolved
    },
  })
}

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
