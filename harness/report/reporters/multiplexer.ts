import { HarnessError } from '../../core/errors.ts'
import type { RunEvent, RunListener, Summary } from '../../run/schedule/events.ts'

/** A running reporter, with its name for errors. */
export interface Listening {
  name: string
  listen: RunListener
}

/**
 * Passes a run's events to every reporter. One that throws gets no more events, and the run goes on. However the run
 * ends, each reporter that got a `start` gets one `end`.
 */
export class Multiplexer {
  readonly failures: HarnessError[] = []
  readonly #listeners: Set<Listening>
  readonly #summary: Summary = { checks: 0, passed: 0, failed: 0, skipped: 0, errors: 0, leftOut: 0 }
  #startedAt: Date | undefined
  #ended = false

  constructor(listeners: readonly Listening[]) {
    this.#listeners = new Set(listeners)
  }

  get hasStarted(): boolean {
    return this.#startedAt !== undefined
  }

  get isUnderWay(): boolean {
    return this.#startedAt !== undefined && !this.#ended
  }

  listen(event: RunEvent): void {
    if (this.#ended) return
    if (event.type === 'start') this.#startedAt = event.startedAt
    if (event.type === 'end') this.#ended = true
    if (event.type === 'result') {
      this.#summary.checks += 1
      this.#summary[event.result.status === 'error' ? 'errors' : event.result.status] += 1
    }
    for (const listening of this.#listeners) {
      try {
        listening.listen(event)
      } catch (cause) {
        this.#listeners.delete(listening)
        this.failures.push(failureOf(listening.name, cause as NodeJS.ErrnoException))
      }
    }
  }

  /** Sends the `end` of a run that broke off, with the counts so far. */
  end(how: { interrupted: boolean; error?: HarnessError }): void {
    if (!this.isUnderWay || this.#startedAt === undefined) return
    this.listen({ type: 'end', durationMs: Date.now() - this.#startedAt.getTime(), summary: this.#summary, ...how })
  }
}

/** A failed system call is the machine's fault, not the reporter's. */
function failureOf(name: string, cause: NodeJS.ErrnoException): HarnessError {
  const fault = cause.syscall === undefined ? 'sidetrack' : 'machine'
  return new HarnessError(fault, `reporter ${name} failed: ${cause.message}`, { cause })
}
