import { formatDuration } from '../../core/deadline.ts'
import { HarnessError } from '../../core/errors.ts'
import { Silence } from '../../core/silence.ts'
import type { Loss } from './loss.ts'

/**
 * The time that somebody gives a pod, from its first process to the last word on its flows. Where that is up, nothing is
 * known of what it was asked: every wait in the pod ends with what was waited for.
 */
export class PodTimeout {
  readonly #silence: Silence | undefined
  #step = 'stand'
  #isUp = false

  /** @param milliseconds undefined for none. @param owed which process owes which answer, if one does. */
  constructor(milliseconds: number | undefined, loss: Loss, owed: () => string | undefined) {
    if (milliseconds === undefined) return
    this.#silence = new Silence(
      () => milliseconds,
      () => {
        this.#isUp = true
        const awaited = owed() ?? awaitedIn[this.#step] ?? this.#step
        const message = `no verdict within the timeout of ${formatDuration(milliseconds)}: ${awaited}`
        loss.report(new HarnessError('machine', message, { hint: "raise the scenario's timeout, or --timeout" }))
      },
    )
    this.#silence.begin()
  }

  /** Whether it has passed. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** What is done now. */
  enter(step: 'load' | 'send'): void {
    this.#step = step
  }

  /** All is known. */
  end(): void {
    this.#silence?.stop()
  }
}

const awaitedIn: Readonly<Record<string, string>> = {
  stand: 'its listeners do not stand yet',
  load: 'iptables has not ended',
  send: 'its flows have not come to their end',
}
