import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Engine } from './container-engine.ts'

/**
 * Waits until a container has ended, or is gone. Not by dockerode's own wait(): that never comes back where the
 * connection breaks once the engine has begun to answer, which it does at once.
 * @returns its exit code.
 * @throws what the engine says, or that the connection to it has broken.
 */
export async function awaitEnd(
  { container: { dockerode } }: Engine,
  id: string,
  condition: 'not-running' | 'removed',
): Promise<number> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = {
      path: `/containers/${id}/wait?condition=${condition}?`, // without options the last character of a path is cut off,
      method: 'POST',
      isStream: true,
      statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    }
    dockerode.modem.dial(request, (error: Error | null, stream: unknown) =>
      error === null ? resolve(stream as IncomingMessage) : reject(error),
    )
  })
  return (JSON.parse(await text(answer)) as { StatusCode: number }).StatusCode
}
