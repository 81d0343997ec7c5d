import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loaderName, nodeIn } from '../../sys/node/this-node.ts'

/** One thing that is copied into a container: where it is here, and where it will be there. */
export interface Copied {
  source: string
  target: string
}

const home = '/opt/sidetrack'
const harness = fileURLToPath(new URL('../..', import.meta.url))
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

/** The rooms that the agent is made of: its own and those below it. */
export const agentRooms = ['agent', 'core', 'flow', 'sys'] as const

/** Where Node and what it is loaded from are in a container. */
const nodeFolder = `${home}/runtime`
/** The words that start the agent's Node in a container. */
export const nodeInside = nodeIn(nodeFolder)
/** Where the agent's first file is. */
export const agentInside = `${home}/harness/agent/main${extension}`

/** What changes with Sidetrack itself: half a megabyte, copied into every container. */
export const harnessFolders: readonly Copied[] = agentRooms.map((room) => ({
  source: join(harness, room),
  target: `${home}/harness/${room}`,
}))
export const packageFile = { content: '{"type":"module"}\n', target: `${home}/package.json` } as const

/**
 * Node with what it is loaded from, and the packages that the agent imports: 125 MB, which is why they stay on the
 * engine.
 */
export function runtime(): { programs: readonly Copied[]; packages: readonly Copied[] } {
  return {
    programs: [{ source: process.execPath, target: `${nodeFolder}/node` }, ...libraries()],
    packages: packages(),
  }
}

/** @returns what an image with a runtime in it is known by: the same for the same image and the same runtime. */
export function runtimeKey(imageId: string): string {
  const versions = packages().map(({ source }) => readFileSync(join(source, 'package.json'), 'utf8'))
  const parts = [imageId, nodeFolder, process.version, process.arch, statSync(process.execPath).size, ...versions]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}

function packages(): Copied[] {
  const koffi = packageFolder('koffi', import.meta.url)
  const binary = `@koromix/koffi-linux-${process.arch}`
  return [
    { source: koffi, target: `${home}/node_modules/koffi` },
    { source: packageFolder(binary, join(koffi, 'package.json')), target: `${home}/node_modules/${binary}` },
    { source: packageFolder('undici', import.meta.url), target: `${home}/node_modules/undici` },
  ]
}

/**
 * The C library that this process runs on, its loader and all that Node needs besides, by the names that they are asked
 * for. There may be more of them than Node needs, such as what was loaded to look up a name; those are no harm.
 */
function libraries(): Copied[] {
  // Otherwise the report looks up the host names of open connections (Node 22.0; @types/node does not know it).
  Object.assign(process.report, { excludeNetwork: true })
  const { sharedObjects } = process.report.getReport() as { sharedObjects: string[] }
  return sharedObjects
    .filter((file) => /^\/.*\.so(\.\d+)*$/.test(file))
    .map((file) => {
      const name = basename(file)
      return { source: realpathSync(file), target: `${nodeFolder}/${name.startsWith('ld-') ? loaderName : name}` }
    })
}

function packageFolder(name: string, from: string): string {
  const file = findPackageJSON(name, from)
  if (file === undefined) throw new Error(`the package ${name} is not installed`)
  return dirname(file)
}
