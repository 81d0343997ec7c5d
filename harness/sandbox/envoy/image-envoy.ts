import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { HarnessError, inputError } from '../../core/errors.ts'
import type { EngineContainer } from '../engine/container-engine.ts'
import { findImage } from '../engine/container-image.ts'
import { openEngine } from '../engine/open-engine.ts'
import { fileStatus, type FileStatus } from './file-status.ts'
import { removeOld } from '../engine/remove-container.ts'
import { guardContainer } from '../engine/watchdog.ts'

const label = 'sidetrack.program'
const name = 'envoy'
/** Seconds that lie between making the container and removing it at the very most. */
const longestReading = 600
/** Where Docker looks in an image that does not say (https://github.com/moby/moby, oci/defaults.go). */
const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/**
 * Its path in the images of Envoy and of Istio's proxy; on the PATH of an image, a script of that name may come first.
 */
const firstFolder = '/usr/local/bin'

/** A program on its way out of an image. */
export interface Program {
  /** Bytes. */
  size: number
  content: Readable
}

/** @throws HarnessError (`machine`) if there is no engine, or no such image. */
export async function requireImage(image: string): Promise<void> {
  await findImage(await openEngine(), image)
}

/**
 * Reads Envoy out of an image: a container of it is made, never started, and removed whatever happens.
 * @param use gets it as it comes; it need not fit into memory.
 * @throws HarnessError (`machine`) if there is no engine or no such image; (`input`) if the image has no Envoy.
 */
export async function readEnvoy(image: string, use: (program: Program) => Promise<void>): Promise<void> {
  const engine = await openEngine()
  const [id] = await Promise.all([findImage(engine, image), removeOld(engine, { label: [label] }, longestReading)])
  const { Config } = await engine.container.dockerode.getImage(id).inspect()
  const searchPath = Config.Env?.find((pair) => pair.startsWith('PATH='))?.slice('PATH='.length) ?? standardPath
  using guarded = guardContainer('sidetrack-program')
  const container = await engine.container.dockerode
    // An image need not say what it starts, and a container must; this one never does.
    .createContainer({
      name: guarded.name,
      Image: id,
      Entrypoint: [name],
      Labels: { [label]: '' },
      HostConfig: { NetworkMode: 'none' },
    })
    .catch((error: Error) => {
      throw broken(image, 'does not make a container of', error)
    })
  try {
    const path = await findProgram(container, searchPath).catch((error: Error) => {
      throw broken(image, 'does not tell about the files of', error)
    })
    if (path === undefined) {
      const what = `the image '${image}' has no program '${name}' in ${firstFolder} or on its PATH`
      throw inputError('--envoy', what, "name one of Envoy's, such as envoyproxy/envoy:v1.40.0")
    }
    await readFile(container, path, use).catch((error: Error) => {
      throw error instanceof HarnessError ? error : broken(image, `does not give ${path} of`, error)
    })
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {})
  }
}

async function findProgram(container: EngineContainer, searchPath: string): Promise<string | undefined> {
  const folders = new Set([firstFolder, ...searchPath.split(':').filter((folder) => folder.startsWith('/'))])
  for (const folder of folders) {
    const found = await followLinks(container, posix.join(folder, name))
    if (found?.status.isProgram) return found.path
  }
  return undefined
}

async function followLinks(
  container: EngineContainer,
  first: string,
): Promise<{ path: string; status: FileStatus } | undefined> {
  const seen = new Set<string>()
  for (let path = first; !seen.has(path); ) {
    seen.add(path)
    const status = await fileStatus(container, path)
    if (status?.link === undefined) return status && { path, status }
    path = posix.resolve(posix.dirname(path), status.link)
  }
  return undefined
}

async function readFile(
  container: EngineContainer,
  path: string,
  use: (program: Program) => Promise<void>,
): Promise<void> {
  const archive = (await container.getArchive({ path })) as Readable
  const entries = extract()
  archive.on('error', (error) => entries.destroy(error)).pipe(entries as unknown as NodeJS.WritableStream)
  try {
    for await (const entry of entries) return await use({ size: entry.header.size, content: Readable.from(entry) })
    throw new Error('its archive is empty')
  } finally {
    archive.destroy()
  }
}

function broken(image: string, what: string, cause: Error): HarnessError {
  return new HarnessError('machine', `the container engine ${what} '${image}': ${cause.message.trim()}`, { cause })
}
