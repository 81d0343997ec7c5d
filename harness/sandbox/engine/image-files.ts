import { buffer } from 'node:stream/consumers'
import { HarnessError } from '../../core/errors.ts'
import { findImage } from './container-image.ts'
import { openEngine } from './open-engine.ts'
import { removeOrphans, runnerLabels } from './orphans.ts'
import { guardContainer } from './watchdog.ts'

/** Seconds after which a container counts as left behind. */
const patience = 60

/**
 * The text of files in an image, of which nothing runs; undefined for what is not there, or no plain file. The image is
 * never pulled.
 * @throws HarnessError (`machine`) if there is no engine or no such image.
 */
export async function imageFiles(image: string, paths: readonly string[]): Promise<(string | undefined)[]> {
  const engine = await openEngine()
  const id = await findImage(engine, image)
  await removeOrphans(engine)
  using guarded = guardContainer('sidetrack-files')
  try {
    const container = await engine.container.dockerode.createContainer({
      Image: id,
      // It is never started, but an image without a command of its own makes no container.
      Cmd: ['/'],
      name: guarded.name,
      Labels: { 'sidetrack.files': '', ...runnerLabels(patience) },
      NetworkDisabled: true,
    })
    try {
      const files: (string | undefined)[] = []
      for (const path of paths) {
        const archive = await container.getArchive({ path }).catch((error: { statusCode?: number }) => {
          if (error.statusCode === 404) return undefined
          throw error
        })
        files.push(archive && plainFileIn(await buffer(archive)))
      }
      return files
    } finally {
      await container.remove({ force: true, v: true }).catch(() => {})
    }
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause
    throw new HarnessError(
      'machine',
      `the container engine does not give the files of '${image}': ${(cause as Error).message.trim()}`,
      { cause },
    )
  }
}

const block = 512

/** The plain file that a tar archive is of; undefined if it is of something else (POSIX.1-2017, pax). */
export function plainFileIn(archive: Buffer): string | undefined {
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8)
    if (!Number.isSafeInteger(size) || size < 0) return undefined
    const type = archive[at + 156]
    const content = at + block
    // '0', or nothing in old archives.
    if (type === 0x30 || type === 0) return archive.toString('utf8', content, content + size)
    // Only what says more of the file stands before it: 'x' and 'g'.
    if (type !== 0x78 && type !== 0x67) return undefined
    at = content + Math.ceil(size / block) * block
  }
  return undefined
}
