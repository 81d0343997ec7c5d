import { rememberedOf } from '../../core/remembered.ts'
import { decidingRule } from '../../flow/matched-rule.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { decisionOn } from '../../report/describing/deciding.ts'
import { partsAt } from './behaviour.ts'
import type { Cause, Outcome } from './change.ts'
import { onSides, sideNames, type Sides } from '../compared/sides.ts'
import type { TextLine } from './text-change/lines.ts'
import { textChange } from './text-change/text-change.ts'

/** Of what has changed apart from any rule. */
export const noCause: Cause = { rules: { baseline: undefined, candidate: undefined }, text: { lines: [], notes: [] } }

/** The deciding rules on either side, and the change of the text that made the connection another one. */
export function causeOf(outcomes: Sides<Outcome>, rulesets: Sides<Ruleset | undefined>): Cause {
  const connection = partsAt(outcomes.baseline.observed, outcomes.candidate.observed)
  const matched = onSides((side) => {
    const { observed, predicted } = outcomes[side].decidedBy
    return (observed ?? predicted ?? []).filter((rule) => rule.connection === connection)
  })
  const decisions = onSides((side) => decisionOn(outcomes[side].decidedBy, connection))
  const untold = sideNames.filter((side) => decisions[side] === undefined)
  const rules = onSides((side) => decisions[side]?.rule ?? decidingRule(matched[side], connection))
  const ways = onSides((side) => ({ matched: matched[side], deciding: rules[side] }))
  return { rules, ...(untold.length > 0 && { untold }), text: textChange(ways, rulesets) }
}

/**
 * The same for changes of one cause: the text change alone, where it is known. Configs and families that have other
 * ports and addresses in the same rules are of one cause.
 */
export const causeKey = rememberedOf(({ rules, text: { lines, notes, without } }: Cause): string => {
  if (without !== undefined) return `no rules ${without}`
  if (lines.length > 0) return JSON.stringify([lines.map((line) => shapeOf(signed(line))), notes])
  return JSON.stringify([sideNames.map((side) => rules[side] && [rules[side].table, shapeOf(rules[side].text)]), notes])
})

/** `- nat -A OUTPUT …` or `+ nat -A OUTPUT …` */
export const signed = ({ side, table, text }: Pick<TextLine, 'side' | 'table' | 'text'>): string =>
  `${side === 'baseline' ? '-' : '+'} ${table} ${text}`

/** The same in one text, notes at its end. */
export const textLines = ({ lines, notes }: Cause['text']): string[] => [...lines.map(signed), ...notes]

/** A rule without the ports and the addresses that are a config's own. */
export const shapeOf = (text: string): string =>
  text
    .replace(/(?<=--(?:dports?|sports?|ports) )[\d:,]+/g, 'PORTS')
    .replace(/(?<=\s)(?:[\da-f]*:[\da-f:.]*|\d+\.\d+\.\d+\.\d+)(?:\/\d+)?(?=\s|$)/gi, 'ADDRESS')
