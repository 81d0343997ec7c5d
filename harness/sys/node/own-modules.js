import module from 'node:module'

/** The folder of all that is ours. */
const home = new URL('../..', import.meta.url).href

/**
 * Where a module of ours is that another one names by a relative path: where it says. Node would look for each file, its
 * links and its package.json, which is half of what it takes to load hundreds of them. Everything else is Node's to
 * find. A Node that has no such hooks (before 22.15) finds ours too.
 */
module.registerHooks?.({
  resolve(specifier, context, next) {
    const { parentURL } = context
    const format = specifier.endsWith('.ts') ? 'module-typescript' : specifier.endsWith('.js') ? 'module' : undefined
    if (format === undefined || !specifier.startsWith('.') || !parentURL?.startsWith(home))
      return next(specifier, context)
    return { url: new URL(specifier, parentURL).href, format, shortCircuit: true }
  },
})
