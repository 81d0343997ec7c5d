import type { Duplex } from 'node:stream'
import type { Engine } from './container-engine.ts'

/**
 * Attaches to a container's input and outputs. Not by dockerode's own attach(): that sends its options as the request's
 * body too, which Podman hands to the container as input.
 */
export function attach({ container: { dockerode } }: Engine, id: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const request = {
      path: `/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1?`, // without options the last character of a path is cut off,
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      file: Buffer.alloc(0),
      hijack: true,
      isStream: true,
      statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    }
    dockerode.modem.dial(request, (error: Error | null, stream: unknown) =>
      error === null ? resolve(stream as Duplex) : reject(error),
    )
  })
}
