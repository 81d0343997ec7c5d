import { chmodSync, createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { HarnessError } from '../core/errors.ts'
import type { EngineContainer } from './container-engine.ts'
import { type EnvoySource, envoyInContainer, envoyInNamespaces } from './envoy-source.ts'
import { type Program, readEnvoy } from './image-envoy.ts'

/** Whoever runs it is somebody else than whoever brought it. */
const mode = 0o755

/** Copies an Envoy into a container that has been made. @throws HarnessError (`machine`) that says why there is none. */
export async function bringToContainer(container: EngineContainer, source: EnvoySource): Promise<void> {
  if ('image' in source) return readEnvoy(source.image, (program) => put(container, program))
  await put(container, { size: (await stat(source.path)).size, content: createReadStream(source.path) })
}

/**
 * Copies an Envoy into a sandbox of namespaces: into memory, on a file system that nobody outside has and that goes with the
 * sandbox, so that nothing is left behind however that ends.
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
      throw new HarnessError('machine', `the Envoy of '${image}' does not fit into the sandbox: ${(error as Error).message}`, {
        cause: error,
      })
    }
  })
}

async function put(container: EngineContainer, { size, content }: Program): Promise<void> {
  const archive = pack()
  const entry = archive.entry({ name: posix.basename(envoyInContainer), size, mode })
  archive.finalize()
  await Promise.all([
    pipeline(content, entry as unknown as NodeJS.WritableStream),
    container.putArchive(Readable.from(archive), { path: posix.dirname(envoyInContainer) }),
  ])
}
