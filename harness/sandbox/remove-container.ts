import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Engine } from './container-engine.ts'

/** An engine that has been asked for a container makes it within this time, or never. */
const creationMilliseconds = 10_000

/** Removes a container that somebody has asked the engine for, who is gone: it may be about to be made. */
export async function removeContainer({ container: { dockerode } }: Engine, name: string): Promise<void> {
  const made = (await dockerode.getEvents({ filters: { event: ['create'], container: [name] } })) as unknown as Readable
  try {
    const remove = (): Promise<unknown> => dockerode.getContainer(name).remove({ force: true, v: true })
    const isRemoved = await remove().then(
      () => true,
      (error: { statusCode?: number }) => error.statusCode !== 404,
    )
    if (isRemoved) return
    await once(made, 'data', { signal: AbortSignal.timeout(creationMilliseconds) })
    await remove()
  } finally {
    made.destroy()
  }
}
