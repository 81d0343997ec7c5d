import { isDeepStrictEqual } from 'node:util'
import { families } from '../../core/address.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { loadedAs, whyRefused } from '../../run/predict/loaded-as.ts'
import { type Asked, askAgain, isProgram } from './ask.ts'
import type { GateConfig } from './config.ts'
import { type GateSource, onBothSides, onSides, sideNames, type Sides } from './sides.ts'

/**
 * Whether rules are compared as they stand after a second application, too: where a program may answer otherwise then.
 * What a text says is what stands, however often it was applied.
 */
export const isAppliedAgain = (sides: Sides<GateSource>): boolean =>
  sideNames.some((side) => isProgram(sides[side])) && sideNames.every((side) => sides[side].source.kind === 'builder')

/**
 * What both sides make of a config where their rules are applied twice, or why neither's rules load then; `alike` where
 * that leaves everything as it is, or is the same on both sides, `unasked` where one has nothing that it could be
 * applied to.
 */
export type AskedAgain = Sides<Asked> | { refused: string } | 'alike' | 'unasked'

/**
 * What both sides make of a config where their rules are applied twice.
 * @param first what they have made for the first application.
 */
export async function askedAgain(
  sides: Sides<GateSource>,
  config: GateConfig,
  first: Sides<Asked>,
  signal?: AbortSignal,
): Promise<AskedAgain> {
  const { baseline, candidate } = await onBothSides((side) => askAgain(sides[side], config, first[side], signal))
  if (baseline === undefined || candidate === undefined) return 'unasked'
  const [before, after] = [refusalOf(baseline), refusalOf(candidate)]
  const isHeldToIt =
    sideNames.some((side) => sides[side].source.looksFirst) && answersCurrent(sides, first, { baseline, candidate })
  // A text that looks at nothing is held to no more than the same text of a built-in release, which would have looked.
  if (before !== undefined && after !== undefined && !isHeldToIt)
    return keyOf(baseline) === keyOf(candidate) ? 'alike' : { refused: after }
  const again = onSides((side) => (sides[side].source.looksFirst ? first : { baseline, candidate })[side])
  if (keyOf(again.baseline) === keyOf(again.candidate)) return 'alike'
  return sideNames.every((side) => keyOf(again[side]) === keyOf(first[side])) ? 'alike' : again
}

/** Whether a program has other rules for a pod where some stand already than those that it began with. */
const answersCurrent = (sides: Sides<GateSource>, first: Sides<Asked>, second: Sides<Asked>): boolean =>
  sideNames.some((side) => {
    const [once, twice] = [first[side], second[side]]
    if (!isProgram(sides[side]) || 'failed' in once || 'failed' in twice) return false
    // Policy routing is set up once.
    const asked = [once.texts, twice.texts.slice(once.texts.length)].map((texts) =>
      texts.map(({ routing: _, ...text }): RuleText => text),
    )
    const [begun, more] = asked.map((texts) => families.map((family) => loadedAs(texts, family)))
    return !isDeepStrictEqual(begun, more)
  })

const refusalOf = (asked: Asked): string | undefined => ('failed' in asked ? undefined : whyRefused(asked.texts))

/** All that fail are alike. */
const keyOf = (asked: Asked): string | undefined => ('failed' in asked ? undefined : asked.key)
