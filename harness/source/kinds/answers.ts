import type { RuleText } from '../../flow/ruleset.ts'
import type { BuildRequest } from '../../mesh/mesh.ts'

/**
 * What a builder answers, and what is read of it. Equal requests are asked once, also while the answer is under way,
 * and all of them get the same rule text, so that what is made of it later is made once as well.
 */
export class Answers {
  readonly #ask: (request: BuildRequest, signal?: AbortSignal) => Promise<string>
  readonly #read: (text: string, request: BuildRequest) => RuleText | undefined
  readonly #answers = new Map<string, Answer>()

  constructor(
    ask: (request: BuildRequest, signal?: AbortSignal) => Promise<string>,
    read: (text: string, request: BuildRequest) => RuleText | undefined,
  ) {
    this.#ask = ask
    this.#read = read
  }

  /** @param signal aborts the request, for every caller that shares it. */
  text(request: BuildRequest, signal?: AbortSignal): Promise<string> {
    return this.#for(request, signal).text
  }

  /** @param signal aborts the request, for every caller that shares it. */
  rules(request: BuildRequest, signal?: AbortSignal): Promise<RuleText | undefined> {
    const answer = this.#for(request, signal)
    answer.rules ??= answer.text.then((text) => this.#read(text, request))
    return answer.rules
  }

  #for(request: BuildRequest, signal: AbortSignal | undefined): Answer {
    const key = JSON.stringify(request, withSortedKeys)
    const known = this.#answers.get(key) ?? { text: this.#ask(request, signal) }
    this.#answers.set(key, known)
    return known
  }
}

interface Answer {
  text: Promise<string>
  rules?: Promise<RuleText | undefined>
}

/** Objects are equal whatever the order of their keys. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
