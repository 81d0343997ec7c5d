import { HarnessError } from '../../core/errors.ts'
import type { RunEvent, RunListener, Summary } from '../../run/events.ts'

/** A reporter at work, with its name for when it fails. */
export interface Listening {
  name: string
  listen: RunListener
}

/**
 * Hands a run's events to every reporter. One that throws is left out from then on and cannot end the run. Whatever
 * becomes of the run, each reporter that heard `start` hears one `end`.
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

  /** Ends a run that did not come to its own end, with what is known of it. */
  end(how: { interrupted: boolean; error?: HarnessError }): void {
    if (!this.isUnderWay || this.#startedAt === undefined) return
    this.listen({ type: 'end', durationMs: Date.now() - this.#startedAt.getTime(), summary: this.#summary, ...how })
  }
}

/** What a reporter could not read or write is not its own fault. */
function failureOf(name: string, cause: NodeJS.ErrnoException): HarnessError {
  const fault = cause.syscall === undefined ? 'sidetrack' : 'machine'
  return new HarnessError(fault, `reporter ${name} failed: ${cause.message}`, { cause })
}
