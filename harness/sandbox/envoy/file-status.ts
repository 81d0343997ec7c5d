import type { IncomingMessage } from 'node:http'
import type { EngineContainer } from '../engine/container-engine.ts'

/** What the engine reports about a file in a container. */
export interface FileStatus {
  /** Where it points to, if it is a symbolic link. */
  link?: string
  /** A regular file that somebody may execute. */
  isProgram: boolean
}

/** Bits of Go's os.FileMode, in which the engine gives modes (https://pkg.go.dev/io/fs#FileMode). */
const ModeSymlink = 2 ** 27
const ModeType = 2 ** 31 + 2 ** 27 + 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19
const anyExecute = 0o111

/** @returns undefined if there is no such file. @throws the engine's error otherwise. */
export async function fileStatus(container: EngineContainer, path: string): Promise<FileStatus | undefined> {
  try {
    const answer = (await container.infoArchive({ path })) as IncomingMessage
    // A response that is not read to its end keeps the connection, and so this process, alive.
    answer.resume()
    const header = String(answer.headers['x-docker-container-path-stat'])
    const { mode, linkTarget } = JSON.parse(Buffer.from(header, 'base64').toString()) as {
      mode: number
      linkTarget: string
    }
    const isLink = (mode & ModeSymlink) !== 0
    return { isProgram: (mode & ModeType) === 0 && (mode & anyExecute) !== 0, ...(isLink && { link: linkTarget }) }
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw error
  }
}
