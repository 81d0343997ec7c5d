import { inputError } from '../../../core/errors.ts'
import type { Above, Found } from '../found.ts'
import { type Line, placeIn } from '../text/line.ts'
import { toldBy } from '../units.ts'
import { type Columns, columnsOf, type Row, rowOf, ruleOf } from './listing-row.ts'
import { tableOf } from './tables.ts'
import { place } from '../../../iptables/words/place.ts'

interface ListedChain {
  name: string
  policy?: string
  line: Line
  rows: Line[]
}

/** What `iptables -L` prints of one table, which is not all that a rule says. */
export class ListingBlock {
  readonly above: Above
  readonly first: number
  readonly chains: ListedChain[] = []
  columns: Columns | undefined

  constructor(above: Above, first: number) {
    this.above = above
    this.first = first
  }

  /** Whether this chain's head begins another listing. */
  startsAnew({ text }: Line): boolean {
    return this.chains.some(({ name }) => name === nameOf(text))
  }

  head(line: Line): void {
    const [, policy] = /\(policy ([A-Z]+)/.exec(line.text) ?? []
    this.chains.push({ name: nameOf(line.text), line, rows: [], ...(policy && { policy }) })
  }

  /** Whether it is a line of the listing. */
  takes({ text }: Line): boolean {
    if (columnsOf(text) !== undefined) return true
    if (this.columns === undefined) return false
    return rowOf(text, this.columns) !== undefined
  }

  row(line: Line): void {
    const columns = columnsOf(line.text)
    if (columns === undefined) this.chains.at(-1)?.rows.push(line)
    else this.columns = columns
  }
}

const nameOf = (text: string): string => /^Chain (\S+)/.exec(text)?.[1] ?? ''

/**
 * Makes a part of a payload of a listing. @throws HarnessError (`input`) where nothing tells the table, or a row cannot
 * be read.
 */
export function closeListing(block: ListingBlock, found: Found): void {
  const { above, chains, columns } = block
  if (columns === undefined) return
  const rows = chains.flatMap((chain) =>
    chain.rows.map((line) => ({ chain, line, row: rowOf(line.text, columns) as Row })),
  )
  const policies = chains.flatMap(({ name, policy }) => (policy === undefined ? [] : [name]))
  const inferred =
    above.table === undefined
      ? tableOf(
          policies,
          rows.map(({ row }) => row.jump),
          chains.map(({ name }) => name),
        )
      : undefined
  const table = above.table ?? inferred?.table
  if (table === undefined)
    throw inputError(
      place(block.first),
      'nothing tells which table this listing is of',
      "write the command above it, such as '$ iptables -t nat -L -n -v'",
    )
  if (inferred !== undefined)
    found.notes.push(`assumed: the listing from line ${block.first} on is of table ${table}, since ${inferred.why}`)
  const unknown = new Map<Line, string[]>()
  const lines: Line[] = [{ text: `*${table}`, number: block.first, shifts: [] }]
  for (const { name, policy, line } of chains) lines.push(placedAt(`:${name} ${policy ?? '-'} [0:0]`, line))
  for (const { chain, line, row } of rows) {
    const made = ruleOf(row, chain.name, columns, line, found)
    const rule = placedAt(made.text, line)
    lines.push(rule)
    if (made.unknown.length > 0) unknown.set(rule, made.unknown)
  }
  const last = rows.at(-1)?.line ?? chains.at(-1)?.line
  lines.push({ text: 'COMMIT', number: last?.number ?? block.first, shifts: [] })
  const { family, backend } = above
  found.units.push({
    table,
    lines,
    first: block.first,
    last: last?.number ?? block.first,
    ...(family === undefined ? toldBy(lines, table, false) : { told: [family], toldAt: above.at }),
    isSnapshot: policies.length > 1 || above.isEcho,
    ...(backend && { backend }),
    isPrinted: true,
    unknown,
  })
}

/** Every character of what is made of a row stands where the row begins. */
function placedAt(text: string, line: Line): Line {
  return {
    text,
    number: line.number,
    shifts: [],
    columns: Array.from({ length: text.length }, () => placeIn(line, 1).column),
  }
}
