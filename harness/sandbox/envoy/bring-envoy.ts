import { chmodSync, createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { HarnessError } from '../../core/errors.ts'
import type { EngineContainer } from '../engine/container-engine.ts'
import { type EnvoySource, envoyInContainer, envoyInNamespaces } from './envoy-source.ts'
import { type Program, readEnvoy } from './image-envoy.ts'

/** It is run by another user than the one who copied it. */
const mode = 0o755

/**
 * Copies an Envoy into a container that has been made. @throws HarnessError (`machine`) that says why there is none.
 */
export async function bringToContainer(container: EngineContainer, source: EnvoySource): Promise<void> {
  if ('image' in source) return readEnvoy(source.image, (program) => put(container, program))
  const { path } = source
  await put(container, { size: (await stat(path)).size, content: createReadStream(path) }).catch((cause: Error) => {
    throw new HarnessError('machine', `${path} cannot be copied into the container: ${cause.message}`, { cause })
  })
}

/**
 * Copies an Envoy into a sandbox of namespaces: into memory, on a file system that nobody outside has and that goes
 * with the sandbox, so that nothing is left behind however that ends.
 * @param root the sandbox's root directory as this process sees it.
 * @throws HarnessError (`machine`) that says why there is none.
 */
export async function bringToNamespaces(root: string, image: string): Promise<void> {
  const path = posix.join(root, envoyInNamespaces)
  await readEnvoy(image, async ({ content }) => {
    try {
      mkdirSync(posix.dirname(path), { recursive: true, mode })
      await pipeline(content, createWriteStream(path))
      chmodSync(path, mode)
    } catch (error) {
      throw new HarnessError(
        'machine',
        `the Envoy of '${image}' cannot be copied into the sandbox: ${(error as Error).message}`,
        {
          cause: error,
        },
      )
    }
  })
}

async function put(container: EngineContainer, { size, content }: Program): Promise<void> {
  const archive = pack()
  const entry = archive.entry({ name: posix.basename(envoyInContainer), size, mode })
  archive.finalize()
  const body = Readable.from(archive)
  // The source of the copy reports the error.
  body.on('error', () => {})
  await Promise.all([
    pipeline(content, entry as unknown as NodeJS.WritableStream),
    container.putArchive(body, { path: posix.dirname(envoyInContainer) }),
  ])
}
