import { asHarnessError, type HarnessError } from '../../core/errors.ts'

/**
 * The loss of a process that a pod rests on. After that, nothing observed in the pod proves anything about its rules:
 * the lost process may be the one that should have received. So every wait in the pod ends, and later waits end
 * immediately.
 */
export class Loss {
  readonly #abort = new AbortController()
  readonly #ended = Promise.withResolvers<never>()

  constructor() {
    // It can happen while nobody waits.
    this.#ended.promise.catch(() => {})
  }

  /** Ends the programs that run for the pod. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Reports a process that died unexpectedly; only the first report counts. */
  report(why: HarnessError): void {
    this.#ended.reject(why)
    if (!this.signal.aborted) this.#abort.abort(why)
  }

  /** Settles as the promise does. @throws HarnessError as soon as a process is gone. */
  orEnd<T>(promise: Promise<T>): Promise<T> {
    // The loss comes first, so that it wins if both have settled; this also handles a rejection of the promise.
    return Promise.race([this.#ended.promise, promise])
  }

  /** Work that the pod depends on: if it fails, so does everything else in the pod. */
  async onFailure<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      this.report(asHarnessError(error))
      throw error
    }
  }

  /** @throws HarnessError if a process is gone. */
  check(): void {
    this.signal.throwIfAborted()
  }
}
