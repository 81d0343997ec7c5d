import type { Family } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { builtinChains, isTableName } from '../../iptables/tree.ts'
import { familiesIn, isForBoth } from './evidence.ts'
import type { Mark } from './marks.ts'

/** What a payload does to one table: from its `*nat` to its COMMIT. */
export interface Unit {
  table: string
  /** Its lines, from 1, both included. */
  first: number
  last: number
  /** Whose rules it holds, as far as the text tells: by what stands above it, or by its rules. */
  told?: readonly Family[]
  /** The first line that tells it. */
  toldAt?: number
  /**
   * It is the whole of a table at one moment, and not a further change of it: iptables-save has written it, which puts a head above
   * each table and an end below, and says the policy of every chain that is the kernel's own.
   */
  isSnapshot: boolean
  backend?: 'nft' | 'legacy'
}

/**
 * Finds a payload's parts, and whose they are.
 * @param lines without indentation.
 * @param marks what lines between the tables say, by their numbers from 1.
 * @throws HarnessError (`input`) if one table has rules of both families, which neither restore program reads.
 * @param isWritten somebody wrote it to be loaded as it stands: what a table has of another family is for iptables to refuse.
 */
export function unitsOf(lines: readonly string[], marks: ReadonlyMap<number, Mark>, isWritten = false): readonly Unit[] {
  const units: Unit[] = []
  let open: { table: string; first: number } | undefined
  let head: Extract<Mark, { kind: 'head' }> | undefined
  let heading: Family | undefined
  let aboveAt = 0
  let isHeaded = false

  const close = (last: number): void => {
    if (open === undefined) return
    const own = lines.slice(open.first - 1, last)
    const family = head?.family ?? heading
    const told = family === undefined ? toldBy(own, open, isWritten) : { told: [family], toldAt: aboveAt }
    units.push({
      ...open,
      last,
      ...told,
      isSnapshot: isHeaded || saysEveryPolicy(open.table, own),
      ...(head?.backend && { backend: head.backend }),
    })
    open = undefined
    isHeaded = false
  }

  for (const [index, line] of lines.entries()) {
    const number = index + 1
    const mark = marks.get(number)
    if (line.startsWith('*')) {
      close(number - 1)
      open = { table: line.slice(1).trim().split(/[ \t]/)[0] ?? '', first: number }
    } else if (/^COMMIT\b/.test(line)) close(number)
    else if (open === undefined && mark?.kind === 'head') {
      head = mark
      isHeaded = true
      if (mark.family !== undefined) {
        heading = heading === mark.family ? heading : undefined
        aboveAt = number
      }
    } else if (open === undefined && mark?.kind === 'end') {
      head = undefined
      isHeaded = false
      // An end alone, its head lost, tells as much of the table above it.
      const above = units.at(-1)
      if (above !== undefined) above.isSnapshot = true
    } else if (open === undefined && (mark?.kind === 'heading' || mark?.kind === 'command')) {
      head = undefined
      heading = mark.family
      aboveAt = number
    }
  }
  close(lines.length)
  return units
}

function toldBy(
  lines: readonly string[],
  { table, first }: { table: string; first: number },
  isWritten: boolean,
): Pick<Unit, 'told' | 'toldAt'> {
  if (isForBoth(lines)) return { told: ['ipv4', 'ipv6'] }
  const found = [...familiesIn(lines)]
  const [one, other] = found
  if (one !== undefined && other !== undefined && !isWritten)
    throw inputError(
      `line ${first + other[1]}`,
      `is about ${other[0]}, but line ${first + one[1]} of the same table is about ${one[0]}`,
      `give each family a '*${table}' and a COMMIT of its own`,
    )
  return one === undefined ? {} : { told: [one[0]], toldAt: first + one[1] }
}

/** nat has INPUT since Linux 2.6.36, and some builders' dumps leave it out. */
function saysEveryPolicy(table: string, lines: readonly string[]): boolean {
  if (!isTableName(table)) return false
  const said = new Set(lines.flatMap((line) => /^:(\S+)\s+(?:ACCEPT|DROP)\b/.exec(line)?.[1] ?? []))
  return builtinChains[table].every((chain) => said.has(chain) || (table === 'nat' && chain === 'INPUT'))
}
