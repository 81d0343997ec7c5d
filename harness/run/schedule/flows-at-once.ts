import { mostFlows } from '../../sys/files/open-files.ts'

/**
 * More flows than this are under way at once only in one pod that has more: what is known of each takes 6 kB until its
 * pod is done.
 */
const standard = 12_000

/** Has pods with very many flows wait for each other, in the order in which they come, so that a run's size has a bound. */
export class FlowsAtOnce {
  readonly #most: number
  #free: number
  readonly #waiting: { flows: number; begin: () => void }[] = []

  /** @param most flows of all pods together; by default as many as the process may have open files for. */
  constructor(most = Math.min(standard, mostFlows())) {
    this.#most = most
    this.#free = most
  }

  /** Waits until there is room for so many flows. @returns what gives the room back. */
  async enter(flows: number): Promise<Disposable> {
    const own = Math.min(flows, this.#most)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ flows: own, begin: resolve })
    this.#admit()
    await promise
    return {
      [Symbol.dispose]: () => {
        this.#free += own
        this.#admit()
      },
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.flows <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.flows
      next.begin()
    }
  }
}
