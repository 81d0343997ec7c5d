import { bounds } from '../words/bounds.ts'
import type { Chain, Rule, Table } from '../syntax/tree.ts'
import { type Place, wrongAt } from '../words/place.ts'

/** How many rules have been added to all tables together, whatever became of them. */
export interface Added {
  rules: number
}

/**
 * The changes of one table that count from COMMIT on, or not at all. What they change is put aside once, and the table
 * is never copied as a whole: a payload may begin and commit a large one thousands of times.
 */
export class TableEdit {
  readonly table: Table
  readonly #before = new Map<string, Chain | undefined>()
  readonly #first = new Map<Chain, Rule[]>()
  readonly #added: Added

  constructor(table: Table, added: Added) {
    this.table = table
    this.#added = added
  }

  /** Puts a chain aside as it is, before it is changed. */
  touch(chain: Chain): void {
    if (!this.#before.has(chain.name)) this.#before.set(chain.name, { ...chain, rules: [...chain.rules] })
  }

  /**
   * Inserts rules at the beginning of a chain, each before the one before it. They are in the chain when `settle` has
   * been called: to move all the others for each of them would take a time that grows with their square.
   */
  putFirst(chain: Chain, rules: readonly Rule[]): void {
    this.touch(chain)
    const waiting = this.#first.get(chain)
    if (waiting === undefined) this.#first.set(chain, [...rules])
    else for (const rule of rules) waiting.push(rule)
  }

  /** To be called before anybody asks which rules a chain has, or how many. */
  settle(): void {
    for (const [chain, rules] of this.#first) chain.rules = rules.reverse().concat(chain.rules)
    this.#first.clear()
  }

  /** Puts aside that there is no chain of this name, and adds one. @throws HarnessError (`input`) for one too many. */
  addChain(chain: Chain, at: Place): void {
    const { chains } = this.table
    if (chains.size >= bounds.chains) throw tooMany(at, 'chains')
    if (!this.#before.has(chain.name)) this.#before.set(chain.name, undefined)
    chains.set(chain.name, chain)
  }

  removeChain(name: string): void {
    const chain = this.table.chains.get(name)
    if (chain !== undefined) this.touch(chain)
    this.table.chains.delete(name)
  }

  /** Counts rules that are added. @throws HarnessError (`input`) for one too many. */
  count(rules: number, at: Place): void {
    this.#added.rules += rules
    if (this.#added.rules > bounds.rules) throw tooMany(at, 'rules')
  }

  /** Makes the table what it was. */
  undo(): void {
    for (const [name, chain] of this.#before)
      if (chain === undefined) this.table.chains.delete(name)
      else this.table.chains.set(name, chain)
  }
}

const tooMany = (at: Place, what: 'rules' | 'chains') =>
  wrongAt(at, `a ruleset of more than ${bounds[what]} ${what} is not read`)
