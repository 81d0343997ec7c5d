/** One rule that was tried, or the end of a chain, on its own row. */
export interface Row {
  /** The step or ending that it shows. */
  of: unknown
  /** The chain, and how the packet came there. */
  place: string
  word: 'yes' | 'no' | '?' | 'end' | ''
  /** The rule's place in the chain. */
  number?: number
  /** The rule, and why; made only where it is shown. */
  text: () => [text: string, why?: string]
}

/** A run of rules that did not match, or rows that do not fit. */
export type Fold = { place: string; first: number; last: number; count: number } | { leftOut: number }

/** Longer runs are folded: a pod has few rules, a node thousands. */
const longestRun = 5

/** Makes one row of each long run of rules in one chain that did not match. */
export function folded(rows: readonly Row[]): (Row | Fold)[] {
  const all: (Row | Fold)[] = []
  let run: Row[] = []
  const end = (): void => {
    const [first, last] = [run[0], run.at(-1)]
    if (run.length <= longestRun || first?.number === undefined || last?.number === undefined) all.push(...run)
    else all.push({ place: first.place, first: first.number, last: last.number, count: run.length })
    run = []
  }
  for (const row of rows) {
    const isFoldable = row.word === 'no'
    if (!isFoldable || run[0]?.place !== row.place) end()
    if (isFoldable) run.push(row)
    else all.push(row)
  }
  end()
  return all
}

/** The first and last rows if not all fit, and those that are kept. */
export function bounded(rows: readonly (Row | Fold)[], most: number, kept: ReadonlySet<unknown>): (Row | Fold)[] {
  if (rows.length <= most) return [...rows]
  const half = Math.floor(most / 2)
  const all: (Row | Fold)[] = []
  let [leftOut, keptBetween] = [0, 0]
  const skip = (): void => {
    if (leftOut > 0) all.push({ leftOut })
    leftOut = 0
  }
  for (const [index, row] of rows.entries()) {
    const isBetween = index >= half && index < rows.length - half
    const isKept = !isBetween || ('of' in row && kept.has(row.of) && keptBetween < half)
    if (isBetween && isKept) keptBetween += 1
    if (!isKept) leftOut += 'count' in row ? row.count : 1
    else {
      skip()
      all.push(row)
    }
  }
  skip()
  return all
}
