import { isDeepStrictEqual } from 'node:util'
import { families } from '../../core/address.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { findMesh, looksFirst } from '../../mesh/index.ts'
import { loadedAs, whyRefused } from '../../run/predict/loaded-as.ts'
import { type Asked, askAgain, isProgram } from './ask.ts'
import type { GateConfig } from './config.ts'
import { type GateSource, onBothSides, onSides, type SideName, sideNames, type Sides } from './sides.ts'

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
  const answers = { baseline, candidate }
  // A text that looks at nothing is held to no more than that of a release which looks first, and would have looked here.
  const stands = onSides((side) => (hasLooked(side, sides, first, answers) ? first : answers)[side])
  const refused = onSides((side) => refusalOf(stands[side]))
  if (keyOf(stands.baseline) === keyOf(stands.candidate)) return 'alike'
  if (refused.baseline !== undefined && refused.candidate !== undefined) return { refused: refused.candidate }
  return sideNames.every((side) => keyOf(stands[side]) === keyOf(first[side])) ? 'alike' : stands
}

/**
 * Whether what loads a side's rules has left alone those that stand there: that of a release which looks first, and
 * beside one whatever loads the first answer again that is refused.
 */
function hasLooked(side: SideName, sides: Sides<GateSource>, first: Sides<Asked>, answers: Sides<Asked>): boolean {
  if (sides[side].source.looksFirst) return true
  const isBesideOne = sideNames.some((one) => sides[one].source.looksFirst) || isOfOne(first[side])
  return isBesideOne && refusalOf(answers[side]) !== undefined && !answersCurrent(first[side], answers[side])
}

/** Whether the release that the rules are for looks first. */
function isOfOne(asked: Asked): boolean {
  if ('failed' in asked) return false
  const { mesh, release } = asked.profile
  return looksFirst(findMesh(mesh), release)
}

/** Whether it has other rules for a pod where some stand already than those that it began with. */
function answersCurrent(once: Asked, twice: Asked): boolean {
  if ('failed' in once || 'failed' in twice) return false
  // Policy routing is set up once.
  const [begun, more] = [once.texts, twice.texts.slice(once.texts.length)].map((all) => {
    const texts = all.map(({ routing: _, ...text }): RuleText => text)
    return families.map((family) => loadedAs(texts, family))
  })
  return !isDeepStrictEqual(begun, more)
}

const refusalOf = (asked: Asked): string | undefined => ('failed' in asked ? undefined : whyRefused(asked.texts))

/** All that fail are alike. */
const keyOf = (asked: Asked): string | undefined => ('failed' in asked ? undefined : asked.key)
