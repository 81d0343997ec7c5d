import { performance } from 'node:perf_hooks'
import { setImmediate as immediate } from 'node:timers/promises'

/** How long one turn may take, in milliseconds. */
const longest = 10

/** Gives others a turn now and then: the model leaves them none, and flows are sent meanwhile. */
export class Turns {
  #begun = performance.now()

  /** Resolves at once while its own turn lasts. */
  async give(): Promise<void> {
    if (performance.now() - this.#begun < longest) return
    await immediate()
    this.#begun = performance.now()
  }
}
