/** A routing table: its number, or a name that only the captured machine's rt_tables knows. */
export type TableName = number | string

export const localTable = 255
export const mainTable = 254

/** The names that every machine has (rtnetlink(7), RT_TABLE_*). */
export const knownTables: Readonly<Record<string, number>> = { local: localTable, main: mainTable, default: 253 }

export const tableOf = (text: string): TableName =>
  knownTables[text] ?? (/^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : text)

/** Numbers for tables of which only the name is known: above what rt_tables(5) may give a name to. */
export class TableNumbers {
  readonly #own = new Map<string, number>()

  of(table: TableName): number {
    if (typeof table === 'number') return table
    const found = this.#own.get(table) ?? 0x7fff_0000 + this.#own.size
    this.#own.set(table, found)
    return found
  }
}
