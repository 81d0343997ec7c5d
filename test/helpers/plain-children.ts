import module, { createRequire } from 'node:module'
import { join } from 'node:path'

// Loaded before every test (.taprc). tap has each Node process that descends from a test load a module of its own, to
// learn what is covered. Nobody asks that here, and those that run as other users, as identities do, could not read it:
// the checkout may be closed to them.
const { resolve } = createRequire(import.meta.url)
const fromTap = createRequire(resolve('@tapjs/processinfo'))
const onSpawn: { removeAllListeners(): void } = fromTap('process-on-spawn')
onSpawn.removeAllListeners()
for (const name of Object.keys(process.env).filter((name) => /^_TAPJS_|^NODE_OPTIONS$/.test(name)))
  delete process.env[name]

// Most tests take longer to load than to run. Where the folder cannot be written, Node does without.
module.enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/sidetrack-tests'))
