import { once } from 'node:events'
import { connect } from 'node:net'
import { HarnessError } from '../../core/errors.ts'

const answerMilliseconds = 500
const standardSocket = '/var/run/docker.sock'
const install =
  'install and start one (on Debian and Ubuntu: apt-get install docker.io), or say where one is with DOCKER_HOST'

/**
 * Finds out why no container engine can be reached, without any library.
 * @param host what DOCKER_HOST says, such as `unix:///run/podman/podman.sock` or `tcp://127.0.0.1:2375`.
 * @returns undefined if somebody listens there, or if that cannot be told (ssh).
 */
export async function whyUnreachable(host: string | undefined): Promise<HarnessError | undefined> {
  const url = URL.parse(host ?? `unix://${standardSocket}`)
  if (url === null) return machine(`DOCKER_HOST is '${host}', which is no URL`, 'write unix:///PATH or tcp://HOST:PORT')
  const isSocket = url.protocol === 'unix:'
  if (!isSocket && !['tcp:', 'http:', 'https:'].includes(url.protocol)) return undefined
  const place = isSocket ? url.pathname : url.host
  const why = await failureOf(
    isSocket ? { path: url.pathname } : { host: url.hostname, port: Number(url.port) || 2375 },
  )
  if (why === undefined) return undefined
  if (why === 'EACCES' || why === 'EPERM') {
    return machine(
      `this user may not use the container engine at ${place}`,
      "run as root, or join the socket's group: sudo usermod -aG docker USER",
    )
  }
  if (host === undefined && why === 'ENOENT')
    return machine(`there is no container engine: nothing is at ${place}`, install)
  return machine(
    `no container engine answers at ${place} (${why})`,
    host === undefined ? 'start it: sudo systemctl start docker' : 'start it, or correct DOCKER_HOST',
  )
}

/**
 * testcontainers would go on to the engine at the standard place, which is not the one that was asked for.
 * @throws HarnessError (`machine`) if DOCKER_HOST names an engine, and nobody listens there.
 */
export async function requireNamedEngine(): Promise<void> {
  const host = process.env['DOCKER_HOST']
  const unreachable = host === undefined ? undefined : await whyUnreachable(host)
  if (unreachable !== undefined) throw unreachable
}

/** @returns the error's code, or undefined if a connection comes about. */
async function failureOf(where: { path: string } | { host: string; port: number }): Promise<string | undefined> {
  const socket = connect(where)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerMilliseconds) })
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ABORT_ERR' ? 'ETIMEDOUT' : (error as NodeJS.ErrnoException).code
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}

function machine(message: string, hint: string): HarnessError {
  return new HarnessError('machine', message, { hint })
}
