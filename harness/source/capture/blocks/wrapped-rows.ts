import { placeIn } from '../text/line.ts'
import type { Line } from '../text/line.ts'
import type { Peeled } from '../text/peel.ts'
import { columnsOf, rowOf } from './listing-row.ts'

/** How a listing's heading begins; where a mailer has wrapped it, its last words stand below. */
const begun = /^(?:num\s+)?(?:pkts\s+bytes\s+)?target\s+prot\b/

/** What may stand at the head of the second line of a row that has been wrapped. */
const address = String.raw`!?(?:anywhere|localhost|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*::[\da-f:]*)(?:\/\d+)?(?=\s|$)`
const details = String.raw`(?:tcp|udp|multiport|ADDRTYPE|owner|mark|connmark|ctstate|state|match-set|statistic|redir|TPROXY|CONNMARK|MARK|CT)\s|(?:UID|GID|ports|match|set|zone)\s|(?:to|dpts?|spts?):|\/\*`
const further = new RegExp(`^(?:${address}|${details})`)

/** Whether a line can only be the rest of a listing's row above it. */
export const goesOnRow = (text: string): boolean => text.length < 2000 && further.test(text)

/**
 * Listings whose heading has been wrapped at a blank: every row was, and is joined again.
 * @param joined receives how many lines were.
 */
export function withWholeRows(lines: readonly Peeled[], joined: (count: number) => void): Peeled[] {
  const whole = [...lines]
  let count = 0
  for (let index = 0; index < whole.length; index += 1) {
    const { core } = whole[index] as Peeled
    if (core.text.length > 200 || !begun.test(core.text) || columnsOf(core.text) !== undefined) continue
    const heading = joinAt(whole, index)
    const columns = heading && columnsOf(heading.core.text)
    if (columns === undefined) continue
    for (let at = index + 1; at < whole.length; at += 1) {
      const next = whole[at] as Peeled
      if (next.kind === 'listing' || (next.kind === 'blank' && next.outer.text !== '' && at > index + 1)) break
      const above = whole[at - 1] as Peeled
      const isRest = at === index + 1 || (rowOf(above.core.text, columns) !== undefined && goesOnRow(next.core.text))
      if (!isRest) {
        if (next.kind !== 'blank' && rowOf(next.core.text, columns) === undefined) break
        continue
      }
      whole[at - 1] = joinAt(whole, at - 1) ?? above
      whole[at] = { ...next, core: { ...next.core, text: '' }, outer: { ...next.outer, text: '' }, kind: 'blank' }
      count += 1
    }
  }
  joined(count)
  return whole
}

/** A line with the one below it, each character where it stands in its own line of the file. */
function joinAt(lines: readonly Peeled[], index: number): Peeled | undefined {
  const [above, below] = [lines[index], lines[index + 1]]
  if (above === undefined || below === undefined) return undefined
  const core: Line = {
    text: `${above.core.text} ${below.core.text}`,
    number: above.core.number,
    shifts: [],
    columns: [...columnsIn(above.core), above.core.text.length + 1, ...columnsIn(below.core)],
  }
  return { ...above, core, outer: core }
}

const columnsIn = (line: Line): number[] =>
  Array.from({ length: line.text.length }, (_, index) => placeIn(line, index + 1).column)
