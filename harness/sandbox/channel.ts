import type { Readable, Writable } from 'node:stream'
import type { Method, Methods, Response } from '../agent/protocol.ts'
import { HarnessError } from '../core/errors.ts'
import { readJsonLines, writeJsonLine } from '../sys/json-lines.ts'

/** Nothing takes this long but an agent that hangs: a pod takes milliseconds, a thousand commands a few seconds. */
const longestMilliseconds = 120_000

interface Asked {
  resolve(result: unknown): void
  reject(error: HarnessError): void
  deadline: NodeJS.Timeout
}

/** Asks an agent and gives back its answers, whatever brings the lines to and fro. */
export class Channel {
  readonly #input: Writable
  readonly #open = new Map<number, Asked>()
  #count = 0
  #closed: HarnessError | undefined

  constructor(input: Writable, output: Readable) {
    this.#input = input
    input.on('error', () => {})
    // Whoever started the agent knows why the lines have ended, and closes the channel for that reason.
    readJsonLines(
      output,
      (response) => this.#answer(response as Response),
      () => {},
    )
  }

  /** @throws HarnessError with the agent's fault, or the reason why the channel is closed. */
  ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    this.#count += 1
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const id = this.#count
    const deadline = setTimeout(() => {
      this.#open.delete(id)
      reject(new HarnessError('sidetrack', `the agent has not answered '${method}' for ${longestMilliseconds / 1000} s`))
    }, longestMilliseconds)
    this.#open.set(id, { resolve, reject, deadline })
    writeJsonLine(this.#input, { id, method, params })
    return promise as Promise<Methods[M]['result']>
  }

  /** Whatever is still asked fails for this reason; only the first one counts. */
  close(reason: HarnessError): void {
    this.#closed ??= reason
    for (const { reject, deadline } of this.#open.values()) {
      clearTimeout(deadline)
      reject(this.#closed)
    }
    this.#open.clear()
  }

  #answer(response: Response): void {
    const asked = this.#open.get(response.id)
    this.#open.delete(response.id)
    clearTimeout(asked?.deadline)
    if (!('error' in response)) return asked?.resolve(response.result)
    const { message, fault, hint, skips } = response.error
    asked?.reject(new HarnessError(fault, message, { ...(hint !== undefined && { hint }), ...(skips && { skips }) }))
  }
}
