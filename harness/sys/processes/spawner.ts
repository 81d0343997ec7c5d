import { Worker } from 'node:worker_threads'
import { SystemCallError } from '../libc/libc.ts'
import type { Program } from './posix-spawn.ts'

/** A program to start, and where. */
export interface StartRequest {
  id: number
  /** A descriptor of a network namespace. */
  namespace: number
  program: Program
}

/** Its PID, or the number of the error. */
export type StartAnswer = { id: number } & ({ pid: number } | { call: string; errno: number })

const waiting = new Map<number, PromiseWithResolvers<number>>()
let thread: Worker | undefined
let last = 0

/**
 * Starts a program in a network namespace, from a thread of its own: posix_spawn(3) returns when the program has been
 * loaded (vfork(2)), and on a busy machine the caller would stand still for 10 ms each time.
 * @param namespace a descriptor of it, which stays open until the program has been started.
 * @returns its PID. @throws SystemCallError if it cannot be started.
 */
export function spawnIn(namespace: number, program: Program): Promise<number> {
  expectPrograms()
  const started = Promise.withResolvers<number>()
  last += 1
  waiting.set(last, started)
  thread?.postMessage({ id: last, namespace, program } satisfies StartRequest)
  return started.promise
}

/** Has the thread start, which takes 50 ms, before the first program is. */
export function expectPrograms(): void {
  thread ??= startThread()
}

function startThread(): Worker {
  const made = new Worker(new URL('./spawner-thread.js', import.meta.url))
  made.unref()
  made.on('message', (answer: StartAnswer) => {
    const started = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('pid' in answer) started?.resolve(answer.pid)
    else started?.reject(new SystemCallError(answer.call, answer.errno))
  })
  return made
}
