import { parentPort } from 'node:worker_threads'
import { SystemCallError } from '../libc/libc.ts'
import { inNamespace } from '../namespaces/network-namespace.ts'
import { posixSpawn } from './posix-spawn.ts'
import type { StartAnswer, StartRequest } from './spawner.ts'

/** The thread that starts programs: which network namespace one is in is a matter of the thread that starts it. */
parentPort?.on('message', (request: StartRequest) => parentPort?.postMessage(start(request)))

function start({ id, namespace, program }: StartRequest): StartAnswer {
  try {
    return { id, pid: inNamespace(namespace, () => posixSpawn(program)) }
  } catch (error) {
    if (error instanceof SystemCallError) return { id, call: error.call, errno: error.errno }
    throw error
  }
}
