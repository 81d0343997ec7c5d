import { registerHooks } from 'node:module'

let registered = false

/**
 * Lets scenario files lie anywhere: `import { scenario } from 'sidetrack'` is the DSL of the Sidetrack that runs them, and a
 * TypeScript file is an ES module even where the package.json above it says otherwise, as `npm init` writes it.
 */
export function allowScenarioImports(): void {
  if (registered) return
  registered = true
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const url = new URL(`../scenario/dsl.${extension}`, import.meta.url).href
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'sidetrack') return { url, shortCircuit: true }
      const resolved = next(specifier, context)
      return resolved.format === 'commonjs-typescript' ? { ...resolved, format: 'module-typescript' } : resolved
    },
  })
}
