import { asHarnessError, type HarnessError } from '../../core/errors.ts'

/**
 * The loss of a process that a pod rests on. From then on nothing that is seen in the pod says anything of its rules: whoever was
 * to receive may be the one that is gone. So every wait there ends with it, and whatever waits later ends at once.
 */
export class Loss {
  readonly #abort = new AbortController()
  readonly #ended = Promise.withResolvers<never>()

  constructor() {
    // It need not happen while somebody waits.
    this.#ended.promise.catch(() => {})
  }

  /** Ends the programs that run for the pod. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** A process is gone that should not be; the first one counts. */
  report(why: HarnessError): void {
    this.#ended.reject(why)
    if (!this.signal.aborted) this.#abort.abort(why)
  }

  /** Settles as the promise does. @throws HarnessError as soon as a process is gone. */
  orEnd<T>(promise: Promise<T>): Promise<T> {
    // The loss first, so that it counts where both have settled; and whatever becomes of the promise is heard by somebody.
    return Promise.race([this.#ended.promise, promise])
  }

  /** Work that the pod rests on as well: where it fails, nobody need go on with the rest. */
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
