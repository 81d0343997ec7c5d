/** Equal rows once, each at its place. */
export class Table<Row> {
  readonly rows: Row[] = []
  readonly #places = new Map<string, number>()

  place(row: Row): number {
    const key = JSON.stringify(row)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    this.#places.set(key, this.rows.length)
    return this.rows.push(row) - 1
  }
}
