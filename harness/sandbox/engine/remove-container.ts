import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Engine } from './container-engine.ts'

/** An engine that has been asked for a container makes it within this time, or never. */
const creationMilliseconds = 10_000
/** Whatever the engine still knows of: it may begin to listen for us only after it has answered, and one that is gone again need not be waited for. */
const since = 1

/** Removes a container that somebody has asked the engine for, who is gone: it may be about to be made. */
export async function removeContainer({ container: { dockerode } }: Engine, name: string): Promise<void> {
  const made = (await dockerode.getEvents({ since, filters: { event: ['create'], container: [name] } })) as unknown as Readable
  try {
    const removesIt = (): Promise<boolean> =>
      dockerode
        .getContainer(name)
        .remove({ force: true, v: true })
        .then(
          () => true,
          (error: { statusCode?: number }) => error.statusCode !== 404,
        )
    if (await removesIt()) return
    await once(made, 'data', { signal: AbortSignal.timeout(creationMilliseconds) })
    await removesIt()
  } finally {
    made.destroy()
  }
}

/** Removes containers of ours that are older than any may become: their runner has ended without them. @param age in seconds. */
export async function removeOld({ container }: Engine, filters: { label: string[]; status?: ['created'] }, age: number): Promise<void> {
  const containers = await container.dockerode.listContainers({ all: true, filters })
  const old = containers.filter(({ Created }) => Created <= Date.now() / 1000 - age)
  await Promise.allSettled(old.map(({ Id }) => container.getById(Id).remove({ force: true, v: true })))
}
