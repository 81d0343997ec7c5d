import { Unpredictable } from './unpredictable.ts'

/**
 * How many rules are tried for one connection. The longest real rulesets have about ten thousand in a chain, and a
 * packet passes a chain a few times; each chain that jumps to the next one twice doubles the number.
 */
export const mostTries = 100_000

/** Limits how many rules are tried: a ruleset of a few hundred bytes can be made to take years. */
export class Budget {
  readonly #most: number
  #left: number

  constructor(most = mostTries) {
    this.#most = most
    this.#left = most
  }

  get isSpent(): boolean {
    return this.#left <= 0
  }

  /** Counts one more rule. @throws Unpredictable */
  spend(): void {
    this.#left -= 1
    if (this.#left < 0)
      throw new Unpredictable(`there are too many paths to follow: ${this.#most} rules have been tried`)
  }
}
