import { availableParallelism } from 'node:os'
import { Tinypool } from 'tinypool'
import { compileCache } from '../../sys/node/compile-cache.ts'
import type { ConfigCompared, ConfigQuestion } from './compare-config.ts'

/** As many as leave the other half of the processors to those who send the flows. */
const threads = Math.ceil(availableParallelism() / 2)

/** Threads that compare rules, a config each at a time, while flows are sent. They start at once. */
export class Comparing implements AsyncDisposable {
  readonly #pool = new Tinypool({
    filename: new URL('./compare-thread.js', import.meta.url).href,
    name: 'compare',
    env: { ...process.env, ...compileCache() },
    minThreads: threads,
    maxThreads: threads,
  })

  /** @throws the signal's reason. */
  async compare(question: ConfigQuestion, signal: AbortSignal): Promise<ConfigCompared> {
    return this.#pool.run(question, { signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy()
  }
}
