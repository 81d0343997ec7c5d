import type { FlowResult, ToldFlow } from '../agent/protocol.ts'
import { HarnessError } from '../core/errors.ts'

/** What becomes of flows that are sent: told in groups as they come to their end, and given on in their own order. */
export class FlowStream {
  readonly #count: number
  readonly #results: FlowResult[] = []
  #changed = Promise.withResolvers<void>()
  #end: { error?: HarnessError } | undefined

  /** @param count how many flows are sent. */
  constructor(count: number) {
    this.#count = count
  }

  add(flows: readonly ToldFlow[]): void {
    for (const [key, result] of flows) this.#results[key] = result
    this.#change()
  }

  /** All has been told. */
  end(): void {
    this.#end = {}
    this.#change()
  }

  /** Nothing more will be told. */
  fail(error: HarnessError): void {
    this.#end = { error }
    this.#change()
  }

  /** @throws HarnessError if there is nothing more to come for that reason, or nothing was said of a flow. */
  async *results(): AsyncGenerator<FlowResult> {
    for (let key = 0; key < this.#count; key += 1) yield await this.#resultOf(key)
    while (this.#end === undefined) await this.#changed.promise
    if (this.#end.error !== undefined) throw this.#end.error
  }

  async #resultOf(key: number): Promise<FlowResult> {
    for (;;) {
      const result = this.#results[key]
      if (result !== undefined) return result
      if (this.#end !== undefined) throw this.#end.error ?? new HarnessError('sidetrack', 'the agent said nothing of a flow')
      await this.#changed.promise
    }
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
