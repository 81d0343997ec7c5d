import { isTableName } from '../../iptables/syntax/tree.ts'
import type { Damage } from './damage.ts'
import { type Line, placeIn } from './text/line.ts'
import type { Peeled } from './text/peel.ts'

/**
 * Markdown takes `*nat … *filter` for emphasis, and a star alone for a list. @returns what is wrong, where rules of
 * that table follow.
 */
export function eatenStar(core: Line, following: readonly Peeled[]): Damage | undefined {
  if (!isTableName(core.text)) return undefined
  const next = following.slice(0, 5).find(({ kind }) => kind !== 'blank' && kind !== 'comment')
  if (next === undefined || !['rule', 'chain', 'commit'].includes(next.kind)) return undefined
  return {
    ...placeIn(core, 1),
    what: `the '*' is missing before '${core.text}'`,
    assumed: `it is read as '*${core.text}'`,
  }
}

/** `...`, `[snip]`, `--- 8< ---`, `[... 14 lines omitted ...]`, `<output truncated>` */
const marksLoss =
  /^[#/\s]*(?:[[(<]*(?:(?:\.{2,}|…)\s*)?(?:\d{1,6}\s+)?(?:(?:more|further|other)\s+)?(?:(?:lines?|rules?|output|rest|log)\s+)?(?:is\s+|are\s+)?(?:\.{2,}|…|snip(?:ped)?|truncated|omitted|removed|cut)(?:\s+(?:for brevity|here|output|lines?))?(?:\s*(?:\.{2,}|…))?[\])>]*|-+\s*(?:snip|8<)\s*-+)$/i

/** Dots beside rules stand for rules. @param lastRule the line of the last rule above. */
export function leftOut(core: Line, following: readonly Peeled[], lastRule: number): Damage | undefined {
  if (!marksLoss.test(core.text)) return undefined
  const next = following.slice(0, 3).find(({ kind }) => kind !== 'blank')
  const isBeside =
    (lastRule > 0 && core.number - lastRule <= 2) || ['rule', 'chain', 'commit', 'listing'].includes(next?.kind ?? '')
  if (!isBeside) return undefined
  return {
    ...placeIn(core, 1),
    what: `'${core.text}' stands where something was left out`,
    assumed: 'nothing of importance is missing there',
  }
}
