import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { share } from './lock.js'
import { ensureDependencies, ensureTap, packageRoot } from './dependencies.js'
import { fail } from './fail.js'
import { become, chooseNode } from './node.js'
import { ensureTools } from './tools.js'

const biome = 'node_modules/@biomejs/biome/bin/biome'
const tsc = 'node_modules/typescript/bin/tsc'

/**
 * What `npm test`, `npm run check` and the like run, one program after the other, once everything they need is there.
 * @type {Record<string, { needs: readonly import('../sys/machine/requirements.js').Need[], programs: string[][] }>}
 */
const tasks = {
  // As root the rootless sandbox is tested too.
  test: { needs: ['nft', 'legacy', 'rootless', 'tests'], programs: [['node_modules/tap/dist/esm/run.mjs']] },
  bench: { needs: ['nft', 'legacy'], programs: [['test/bench/main.ts']] },
  images: { needs: [], programs: [['images/build.ts']] },
  check: { needs: [], programs: [[tsc], [biome, 'check']] },
  format: { needs: [], programs: [[biome, 'check', '--write']] },
  build: { needs: [], programs: [[tsc, '-p', 'tsconfig.build.json']] },
}

const [, , name = '', ...args] = process.argv
const task = tasks[name] ?? fail(2, `no task '${name}'; there are ${Object.keys(tasks).join(', ')}`)
share(packageRoot)
if (task.needs.length > 0) ensureTools(task.needs)
ensureDependencies('all')
const node = chooseNode()
if (name === 'test') ensureTap(node)
process.chdir(packageRoot)
process.env.PATH = [dirname(node), process.env.PATH].join(delimiter)
const last = task.programs.length - 1
for (const [script = '', ...own] of task.programs.slice(0, last)) {
  const { status } = spawnSync(node, [join(packageRoot, script), ...own], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
const [script = '', ...own] = task.programs[last] ?? []
await become(node, [join(packageRoot, script), ...own, ...args])
