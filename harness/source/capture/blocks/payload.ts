import type { Damage } from '../damage.ts'
import type { Above, Found } from '../found.ts'
import { type Line, placeIn } from '../text/line.ts'
import { trimmed } from '../text/peel.ts'
import { saysEveryPolicy, toldBy, type Unit } from '../units.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/** From a line such as `*nat` on. */
export interface PayloadBlock {
  table: string
  lines: Line[]
  first: number
}

/** `*nat`, or `*nat # comment` */
export const openPayload = (head: Line): PayloadBlock => ({ table: tableIn(head), lines: [head], first: head.number })

const tableIn = ({ text }: Line): string => text.slice(1).trim().split(/[ \t]/)[0] ?? ''

/**
 * Takes the block for what a text says of its table. @param isWritten it is loaded as it stands, and nothing is
 * completed.
 */
export function closePayload(
  { table, lines, first }: PayloadBlock,
  above: Above,
  isWritten: boolean,
  found: Found,
): void {
  const own = toldOf(lines, table, above, isWritten)
  if (lines.at(-1)?.text !== 'COMMIT' && !isWritten && lines.at(-1)?.text.startsWith('COMMIT') !== true)
    completed(lines, table, found)
  found.units.push({
    table,
    first,
    last: lines.at(-1)?.number ?? first,
    lines,
    ...own,
    isSnapshot: above.isHead || saysEveryPolicy(table, lines),
    ...(above.backend && { backend: above.backend }),
  })
}

/** The lines above a table show its family; an echoed command may have printed something else. */
function toldOf(
  lines: readonly Line[],
  table: string,
  { family, isEcho, at }: Above,
  isWritten: boolean,
): Pick<Unit, 'told' | 'toldAt'> {
  if (family === undefined) return toldBy(lines, table, isWritten)
  const { told } = isEcho ? toldBy(lines, table, true) : {}
  return told?.length === 1 && told[0] !== family ? toldBy(lines, table, false) : { told: [family], toldAt: at }
}

/** @param last of a table's lines. */
export const missingCommit = (last: Line, table: string): Damage => ({
  line: last.number + 1,
  column: 1,
  what: `COMMIT is missing: nothing of table ${table} is loaded without it`,
  assumed: 'it ends there',
})

function completed(lines: Line[], table: string, { damages }: Found): void {
  const last = lines.at(-1)
  if (last === undefined) return
  if (/^(?:\[\d+:\d+\] )?-A\s/.test(last.text) && !/\s(?:-[jg]|--(?:jump|goto))(?:\s|$)/.test(last.text)) {
    damages.push({
      ...placeIn(last, last.text.length + 1),
      what: 'the rule ends before its target, and so does the text',
      assumed: 'it is left out',
    })
    lines.pop()
  }
  damages.push(missingCommit(last, table))
  lines.push({ text: 'COMMIT', number: last.number, shifts: [] })
}

/**
 * What iptables-restore reads in one go, such as a here-document: a part for each table.
 * @param told what there is to say of each. @param trailing is told of each line that has nothing but blanks to be
 * cleaned of.
 */
export function documentUnits(
  lines: readonly Line[],
  { at, ...own }: Partial<Unit> & { at: number },
  trailing: () => void,
): Unit[] {
  const units: Unit[] = []
  let open: Line[] | undefined
  const end = (): void => {
    const [head] = open ?? []
    if (open === undefined || head === undefined) return
    units.push({
      table: tableIn(head),
      lines: open,
      first: head.number,
      last: open.at(-1)?.number ?? at,
      isSnapshot: false,
      toldAt: at,
      ...own,
    })
    open = undefined
  }
  for (const written of lines) {
    const isTrailed = /^(?:COMMIT)?[ \t]+$/.test(written.text)
    if (isTrailed) trailing()
    const line = isTrailed ? trimmed(written) : written
    if (line.text.startsWith('*')) {
      end()
      open = [line]
    } else if (open !== undefined) {
      open.push(line)
      if (line.text === 'COMMIT') end()
    } else if (line.text !== '' && !line.text.startsWith('#')) throw outsideTables(line, line.text.slice(0, 60))
  }
  end()
  return units
}

/** @param shown of the line. */
export const outsideTables = (line: Line, shown: string) =>
  wrongAt(
    placeIn(line, 1),
    `stands outside any table: ${JSON.stringify(shown)}`,
    "a payload has a line such as '*nat' first and COMMIT last",
  )
