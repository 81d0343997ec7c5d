import { HarnessError } from '../../core/errors.ts'
import type { Engine } from './container-engine.ts'
import { buildCommand } from './own-images.ts'
import { removeOld } from './remove-container.ts'

/** The label of all our containers; its value is the process ID of the runner, which may be on another machine. */
export const agentLabel = 'sidetrack.agent'

/** Node's names of processors and an image's (https://github.com/opencontainers/image-spec, GOARCH). */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/**
 * @returns the image's id. It is never pulled: what runs as root is for the user to fetch.
 * @throws HarnessError (`machine`) if the engine does not have it, or it is for another processor.
 */
export async function findImage(engine: Engine, name: string): Promise<string> {
  const image = await inspect(engine, name)
  if (image === undefined) {
    const hint = name.startsWith('localhost/sidetrack/')
      ? `build it with: ${buildCommand}`
      : `fetch it with: docker pull ${name}`
    throw new HarnessError('machine', `the container engine has no image '${name}'`, { hint })
  }
  const own = architectures[process.arch]
  if (image.Architecture === own) return image.Id
  throw new HarnessError(
    'machine',
    `the image '${name}' is for ${image.Architecture}, and the Node that goes into it for ${own}`,
  )
}

export async function hasImage(engine: Engine, name: string): Promise<boolean> {
  return (await inspect(engine, name)) !== undefined
}

/**
 * Removes containers of ours that have been made and never started: their runner was killed in between, so that they do
 * not remove themselves. @param age seconds since; one that is younger may be about to start. @param runner only its
 * containers.
 */
export async function removeUnstarted(engine: Engine, age: number, runner?: number): Promise<void> {
  const label = [runner === undefined ? agentLabel : `${agentLabel}=${runner}`]
  await removeOld(engine, { label, status: ['created'] }, age)
}

async function inspect(engine: Engine, name: string): Promise<{ Id: string; Architecture: string } | undefined> {
  try {
    return await engine.container.dockerode.getImage(name).inspect()
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw new HarnessError(
      'machine',
      `the container engine does not tell about '${name}': ${(error as Error).message}`,
      { cause: error },
    )
  }
}
