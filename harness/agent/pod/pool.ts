import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { flushConntrack } from '../conntrack.ts'
import { requireRoom } from '../../sys/open-files.ts'
import { resetRules } from '../rules/reset.ts'
import { Pod, type PodShape } from './pod.ts'

/** A pod with its namespaces, sockets and captures, and what the programs that run for it and others take meanwhile. */
const filesOfAPod = 160

/**
 * Takes rules and connections out of a pod in which nobody listens any more.
 * @param rules what may have been applied.
 * @returns whether it can be used again.
 */
export async function emptyPod(pod: Pod, backend: Backend, rules: readonly RuleText[]): Promise<boolean> {
  if (!(await resetRules(pod.namespace, backend, rules))) return false
  flushConntrack(pod.namespace.fd)
  return true
}

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

  /**
   * Takes back a pod in which nobody listens any more, and empties it. Where that fails the pod is removed.
   * @param rules what may have been applied.
   * @returns whether it stands empty.
   */
  async giveBack(pod: Pod, shape: PodShape, backend: Backend, rules: readonly RuleText[]): Promise<boolean> {
    const isEmptied = await emptyPod(pod, backend, rules)
    if (!isEmptied) {
      pod.remove()
      return false
    }
    const key = keyOf(shape, backend)
    const idle = this.#idle.get(key) ?? []
    this.#idle.set(key, idle)
    idle.push(pod)
    return true
  }
}

function keyOf({ links, inner, loopback }: PodShape, backend: Backend): string {
  return JSON.stringify([links, inner, loopback, backend])
}
