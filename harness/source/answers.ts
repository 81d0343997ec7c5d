import type { BuildRequest } from '../mesh/mesh.ts'

/** Remembers what a builder answered: equal requests are asked once, also while the answer is under way. */
export class Answers {
  readonly #ask: (request: BuildRequest, signal?: AbortSignal) => Promise<string>
  readonly #answers = new Map<string, Promise<string>>()

  constructor(ask: (request: BuildRequest, signal?: AbortSignal) => Promise<string>) {
    this.#ask = ask
  }

  /** @param signal aborts the request, for every caller that shares it. */
  for(request: BuildRequest, signal?: AbortSignal): Promise<string> {
    const key = JSON.stringify(request, withSortedKeys)
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const answer = this.#ask(request, signal)
    this.#answers.set(key, answer)
    return answer
  }
}

/** Objects are equal whatever the order of their keys. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
