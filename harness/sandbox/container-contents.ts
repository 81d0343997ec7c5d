import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One thing that is copied into a container: where it is here, and where it will be there. */
export interface Copied {
  source: string
  target: string
}

const home = '/opt/sidetrack'
const harness = fileURLToPath(new URL('..', import.meta.url))
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

/** The rooms that the agent is made of: its own and those below it. */
export const agentRooms = ['agent', 'core', 'flow', 'sys'] as const

/** Where the agent's Node is in a container. */
export const nodeInside = `${home}/node`
/** Where the agent's first file is. */
export const agentInside = `${home}/harness/agent/main${extension}`

/** What changes with Sidetrack itself: half a megabyte, copied into every container. */
export const harnessFolders: readonly Copied[] = agentRooms.map((room) => ({
  source: join(harness, room),
  target: `${home}/harness/${room}`,
}))
export const packageFile = { content: '{"type":"module"}\n', target: `${home}/package.json` } as const

/** Node, and the packages that the agent imports: 120 MB, which is why they stay on the engine. */
export function runtime(): { node: Copied; packages: readonly Copied[] } {
  const koffi = packageFolder('koffi', import.meta.url)
  const binary = `@koromix/koffi-linux-${process.arch}`
  return {
    node: { source: process.execPath, target: nodeInside },
    packages: [
      { source: koffi, target: `${home}/node_modules/koffi` },
      { source: packageFolder(binary, join(koffi, 'package.json')), target: `${home}/node_modules/${binary}` },
      { source: packageFolder('undici', import.meta.url), target: `${home}/node_modules/undici` },
    ],
  }
}

/** @returns what an image with a runtime in it is known by: the same for the same image and the same runtime. */
export function runtimeKey(imageId: string): string {
  const { node, packages } = runtime()
  const versions = packages.map(({ source }) => readFileSync(join(source, 'package.json'), 'utf8'))
  const parts = [imageId, home, process.version, process.arch, statSync(node.source).size, ...versions]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}

function packageFolder(name: string, from: string): string {
  const file = findPackageJSON(name, from)
  if (file === undefined) throw new Error(`the package ${name} is not installed`)
  return dirname(file)
}
