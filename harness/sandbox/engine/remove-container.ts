import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Engine } from './container-engine.ts'

/** The time within which the engine creates a container after the request, if at all. */
const creationMilliseconds = 10_000
/**
 * Asks for past events as well: the subscription may begin after the creation, and a container that is gone again is
 * not waited for.
 */
const since = 1

/** Removes a container whose runner is gone; the engine may still be creating it. */
export async function removeContainer({ container: { dockerode } }: Engine, name: string): Promise<void> {
  const made = (await dockerode.getEvents({
    since,
    filters: { event: ['create'], container: [name] },
  })) as unknown as Readable
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

/**
 * Removes containers of ours that exceed the maximum age: their runner ended without removing them. @param age in
 * seconds.
 */
export async function removeOld(
  { container }: Engine,
  filters: { label: string[]; status?: ['created'] },
  age: number,
): Promise<void> {
  const containers = await container.dockerode.listContainers({ all: true, filters })
  const old = containers.filter(({ Created }) => Created <= Date.now() / 1000 - age)
  await Promise.allSettled(old.map(({ Id }) => container.getById(Id).remove({ force: true, v: true })))
}
