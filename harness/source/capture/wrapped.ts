import { wrongAt } from '../../iptables/words/place.ts'
import type { Blocks } from './blocks/blocks.ts'
import { goesOnRow } from './blocks/wrapped-rows.ts'
import { placeIn } from './text/line.ts'
import type { Peeled } from './text/peel.ts'

/**
 * At how many columns a terminal has wrapped a text: several lines are as long as the longest one, and have more below
 * them. Undefined where nothing shows that it has.
 */
export function widthOf(lines: readonly Peeled[]): number | undefined {
  const lengths = lines.map(({ outer }) => outer.text.length)
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const full = lengths.filter((length) => length === longest).length
  return longest >= 40 && full > 1 ? longest : undefined
}

/**
 * @param width as `widthOf` tells it of all lines.
 * @throws HarnessError (`input`) where a line goes on what the rule above it begins: neither is whole.
 */
export function refuseWrapped(
  lines: readonly Peeled[],
  index: number,
  width: number | undefined,
  blocks: Pick<Blocks, 'isBelowRow'>,
): void {
  const [above, { core }] = [lines[index - 1], lines[index] as Peeled]
  if (above === undefined) return
  const isRest =
    above.kind === 'rule'
      ? above.outer.text.length === width || /^(?:[\w.:/,]+\s+)?--?[a-z][\w-]*(?:\s|$)/.test(core.text)
      : blocks.isBelowRow(core) && goesOnRow(core.text)
  if (!isRest) return
  throw wrongAt(
    placeIn(core, 1),
    `goes on what line ${above.core.number} begins: ${JSON.stringify(core.text.slice(0, 60))}`,
    'join the two lines, or copy them from a wider window',
  )
}
