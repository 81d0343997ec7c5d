import { HarnessError } from '../core/errors.ts'
import type { Silence } from '../core/silence.ts'
import type { Task, TaskError } from './worker/protocol.ts'

interface OpenTask {
  name: Task['do']
  /** Where it is to be done. */
  pod: string
  resolve(): void
  reject(error: HarnessError): void
}

/** What one process has been told to do and has not answered yet. */
export class OpenTasks {
  readonly #open = new Map<number, OpenTask>()
  /** Notices that it owes an answer and says nothing. */
  readonly #silence: Silence
  /** What messages call it. */
  readonly #who: string
  #count = 0

  constructor(who: string, silence: Silence) {
    this.#who = who
    this.#silence = silence
  }

  /** What it was told first of what it has not answered. */
  get first(): Task['do'] | undefined {
    return this.#open.values().next().value?.name
  }

  /** The same of one pod. */
  firstIn(pod: string): Task['do'] | undefined {
    return this.#open.values().find((task) => task.pod === pod)?.name
  }

  /** @returns the number by which it says that the task is done, and what settles then. */
  add({ do: name, pod }: Task): { id: number; done: Promise<void> } {
    this.#count += 1
    const { promise: done, resolve, reject } = Promise.withResolvers<void>()
    this.#open.set(this.#count, { name, pod, resolve, reject })
    this.#silence.begin()
    return { id: this.#count, done }
  }

  /** A task is done, or could not be. */
  settle(id: number, error: TaskError | undefined): void {
    const task = this.#open.get(id)
    if (task === undefined) return
    this.#open.delete(id)
    this.#silence.end()
    if (error === undefined) return task.resolve()
    const what = error.fault === 'sidetrack' ? `${this.#who} cannot ${task.name}: ` : ''
    task.reject(
      new HarnessError(error.fault, `${what}${error.message}`, error.hint === undefined ? {} : { hint: error.hint }),
    )
  }

  /** The process is gone. */
  fail(why: HarnessError): void {
    for (const { reject } of this.#open.values()) reject(why)
    this.#open.clear()
  }
}
