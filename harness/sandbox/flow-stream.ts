import type { FlowResult, IndexedResult } from '../agent/protocol.ts'
import { HarnessError } from '../core/errors.ts'

/** The results of sent flows: they arrive in groups as flows end, and are yielded in the order of the flows. */
export class FlowStream {
  readonly #count: number
  readonly #results: FlowResult[] = []
  #changed = Promise.withResolvers<void>()
  #end: { error?: HarnessError } | undefined

  /** @param count how many flows are sent. */
  constructor(count: number) {
    this.#count = count
  }

  add(flows: readonly IndexedResult[]): void {
    for (const [key, result] of flows) this.#results[key] = result
    this.#change()
  }

  /** All results have arrived. */
  end(): void {
    this.#end = {}
    this.#change()
  }

  /** No more results will arrive. */
  fail(error: HarnessError): void {
    this.#end = { error }
    this.#change()
  }

  /** @throws HarnessError with the reason if the stream has failed, or if a flow has no result. */
  async *results(): AsyncGenerator<FlowResult> {
    for (let key = 0; key < this.#count; key += 1) yield await this.#resultOf(key)
    while (this.#end === undefined) await this.#changed.promise
    if (this.#end.error !== undefined) throw this.#end.error
  }

  async #resultOf(key: number): Promise<FlowResult> {
    for (;;) {
      const result = this.#results[key]
      if (result !== undefined) return result
      if (this.#end !== undefined)
        throw this.#end.error ?? new HarnessError('sidetrack', 'the agent said nothing of a flow')
      await this.#changed.promise
    }
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
