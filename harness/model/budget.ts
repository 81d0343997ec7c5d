import { Unpredictable } from './unpredictable.ts'

/**
 * How many rules are tried for one connection. The longest real rulesets have some ten thousand in a chain, and a packet meets a
 * chain a few times; chains that jump twice each double the way with every one of them.
 */
export const mostTries = 100_000

/** What may still be tried: a ruleset of a few hundred bytes can be made to take years. */
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

  /** One more rule is tried. @throws Unpredictable */
  spend(): void {
    this.#left -= 1
    if (this.#left < 0) throw new Unpredictable(`there are too many paths to follow: ${this.#most} rules have been tried`)
  }
}
