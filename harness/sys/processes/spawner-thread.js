// Plain JavaScript: a thread that strips types by itself loads the compiler for it, which takes longer than all else.
import { parentPort } from 'node:worker_threads'
import { SystemCallError } from '../libc/libc.ts'
import { inNamespace } from '../namespaces/network-namespace.ts'
import { posixSpawn } from './posix-spawn.ts'

/** The thread that starts programs: which network namespace one is in is a matter of the thread that starts it. */
parentPort?.on('message', (request) => parentPort?.postMessage(start(request)))

/**
 * @param {import('./spawner.ts').StartRequest} request
 * @returns {import('./spawner.ts').StartAnswer}
 */
function start({ id, namespace, program }) {
  try {
    return { id, pid: inNamespace(namespace, () => posixSpawn(program)) }
  } catch (error) {
    if (error instanceof SystemCallError) return { id, call: error.call, errno: error.errno }
    throw error
  }
}
