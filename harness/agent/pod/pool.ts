import type { Backend } from '../../flow/backend.ts'
import { requireRoom } from '../../sys/files/open-files.ts'
import type { PodShape } from '../../flow/pod-plan.ts'
import { Pod } from './pod.ts'

/** A pod with its namespaces, sockets and captures, and what the programs that run for it and others take meanwhile. */
const filesOfAPod = 160

/** Pods that stand empty, by shape and backend: making one costs four times what emptying it does. */
export class PodPool {
  readonly #idle = new Map<string, Pod[]>()
  #count = 0

  /** @returns a pod of this shape without rules or connections, new or emptied. */
  take(shape: PodShape, backend: Backend): Pod {
    const idle = this.#idle.get(keyOf(shape, backend))?.pop()
    if (idle !== undefined) return idle
    requireRoom(filesOfAPod)
    this.#count += 1
    return new Pod(`pod${this.#count}`, shape, backend)
  }

  /** Takes back a pod that stands empty. */
  giveBack(pod: Pod, shape: PodShape, backend: Backend): void {
    const key = keyOf(shape, backend)
    const idle = this.#idle.get(key) ?? []
    this.#idle.set(key, idle)
    idle.push(pod)
  }
}

function keyOf({ links, inner, loopback, routeLocalnet, forwards }: PodShape, backend: Backend): string {
  return JSON.stringify([links, inner, loopback, routeLocalnet, forwards, backend])
}
