import { registerHooks } from 'node:module'

/**
 * Has gates share one thread pool: a gate has its own, whose threads take longer to load than to compare what a test
 * asks. They end with the test. What loads `gate.ts` after this gets them.
 */
const here = import.meta.resolve('./shared-comparing.ts')
registerHooks({
  resolve(name, context, resolve) {
    const isAsked = name === './classes/comparing.ts' && context.parentURL?.endsWith('/harness/gate/gate.ts')
    return isAsked ? { url: here, shortCircuit: true } : resolve(name, context)
  },
})
