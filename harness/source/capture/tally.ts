/** Counts what is cleaned, for one line that tells it. */
export class Tally {
  readonly #counts = new Map<string, number>()
  readonly #words: Readonly<Record<string, readonly [one: string, many: string]>>

  /** @param words what each kind is called in the singular, and in the plural behind its count; in the order in which they are told. */
  constructor(words: Readonly<Record<string, readonly [one: string, many: string]>>) {
    this.#words = words
  }

  add(kind: string, count = 1): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count)
  }

  /** `3 indented lines`, each kind of which there is one. */
  get told(): string[] {
    return Object.entries(this.#words).flatMap(([kind, [one, many]]) => {
      const count = this.#counts.get(kind) ?? 0
      return count === 0 ? [] : [count === 1 ? one : `${count} ${many}`]
    })
  }
}
