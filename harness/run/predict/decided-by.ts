import type { FlowResult, TracedRule } from '../../agent/protocol.ts'
import { type Family, familyOf } from '../../core/address.ts'
import { type DecidedBy, divergence, isSamePlace, type MatchedRule, mayEnd } from '../../flow/matched-rule.ts'
import { isAnswerLost, type Observed } from '../../flow/verdict.ts'
import { type Rule, rulesOf, ruleText } from '../../netfilter/ruleset.ts'
import type { AttemptResult } from '../../model/path/connection-attempt.ts'
import type { Prediction } from '../../model/predict.ts'
import type { RuleStep } from '../../model/rules/trail.ts'
import type { LoadedRules, ReadRules } from './loaded-rules.ts'

type Description = Pick<MatchedRule, 'text' | 'target' | 'comment'>

/**
 * The rules that a flow matched, as the kernel traced them and as the model predicts them. Which of them decided comes
 * from the model; where the kernel did something else, none is marked. `untraced` says why there is no trace.
 */
export function decidedBy(
  result: FlowResult,
  prediction: Prediction,
  family: Family,
  loaded: LoadedRules,
): DecidedBy & { untraced?: string } {
  const { traced } = result
  const untraced = whyUntraced(result, family, loaded) ?? whyUntold(result, family, loaded)
  const observed =
    untraced !== undefined || 'unread' in loaded || 'untraced' in traced
      ? undefined
      : join(traced, loaded.rulesets, family, result, prediction)
  const isUnknown = 'unknown' in prediction || isInDoubt(prediction) || isLostUnforeseen(result, prediction)
  const predicted = isUnknown ? undefined : predictedRules(prediction)
  const divergesAt = observed && predicted && divergence(observed, predicted)
  const isForeseen = divergesAt === undefined && 'observed' in result && isForeseenWhole(result.observed, prediction)
  return {
    ...(untraced !== undefined && { untraced }),
    ...(observed && { observed: isForeseen ? marked(observed, prediction) : observed }),
    ...(predicted && { predicted }),
    ...(divergesAt !== undefined && { divergesAt }),
  }
}

/**
 * A proxy's dial in a loop is known by its source port. Where that is drawn at random on its way, the loop goes on until
 * its dials are at an end, and nobody can tell their packets apart.
 */
function whyUntold(result: FlowResult, family: Family, loaded: LoadedRules): string | undefined {
  if ('unread' in loaded || !('observed' in result) || result.observed.verdict !== 'looped') return undefined
  const isDrawn = rulesOf(loaded.rulesets[family]).some(({ statements }) =>
    statements.some((statement) => (statement.kind === 'masquerade' || statement.kind === 'snat') && statement.random),
  )
  return isDrawn
    ? "source ports are drawn at random, so that the packets of the loop's dials cannot be told apart"
    : undefined
}

/** Why it is not known which rules a flow matched; undefined where it is. */
export function whyUntraced(result: FlowResult, family: Family, loaded: LoadedRules): string | undefined {
  const { traced } = result
  if ('unread' in loaded) return loaded.unread
  if ('untraced' in traced) return traced.untraced
  for (const { mayBeEnd, ...place } of traced) {
    const { table, chain, rule } = place
    const count = rulesAt(place, loaded.rulesets, family, result).length
    if (rule < 1 || rule > count + (mayBeEnd ? 1 : 0))
      return `the kernel traced rule ${rule} of ${table} ${chain}, and as it was read that chain has ${count}`
  }
  return undefined
}

/**
 * The rules of the chain in which a packet matched. Whom the proxy asks by DNS may be of another family than the flow.
 */
function rulesAt(
  { connection, table, chain }: Pick<TracedRule, 'connection' | 'table' | 'chain'>,
  rulesets: ReadRules['rulesets'],
  family: Family,
  result: FlowResult,
): readonly Rule[] {
  const dialled = 'observed' in result ? result.observed.journey[connection]?.dialled.address : undefined
  const { tables } = rulesets[familyOf(dialled ?? '') ?? family]
  return tables.get(table)?.chains.get(chain)?.rules ?? []
}

/** An answer was lost of which the model does not say whether it comes back: nor does it say which rule took it. */
const isLostUnforeseen = (result: FlowResult, prediction: Prediction): boolean =>
  'predicted' in prediction &&
  prediction.answerUnknown !== undefined &&
  'observed' in result &&
  isAnswerLost(result.observed)

/** Whether the model predicted the verdict. */
export const isAsPredicted = ({ verdict }: Observed, prediction: Prediction): boolean =>
  'predicted' in prediction && verdict === prediction.predicted.verdict

/** The same, and whether the answer is lost. */
const isForeseenWhole = (observed: Observed, prediction: Prediction): boolean =>
  isAsPredicted(observed, prediction) &&
  'predicted' in prediction &&
  isAnswerLost(observed) === isAnswerLost(prediction.predicted)

/** The rules at the places where the kernel says that packets matched. */
function join(
  traced: readonly TracedRule[],
  rulesets: ReadRules['rulesets'],
  family: Family,
  result: FlowResult,
  { attempts }: Prediction,
): MatchedRule[] {
  const matched = traced.flatMap(({ mayBeEnd: _, ...place }): MatchedRule[] => {
    const { chain, rule: number } = place
    const rule = rulesAt(place, rulesets, family, result)[number - 1]
    return rule === undefined ? [] : [{ ...place, ...describe(chain, rule) }]
  })
  // Of what was never sent no answer is lost.
  const isSent = ({ connection }: MatchedRule): boolean => attempts[connection]?.isUnsent !== true
  const isSpared = ({ connection, packet }: MatchedRule): boolean =>
    packet !== undefined && attempts[connection]?.deciding?.packet === packet
  return untilLedOff(
    matched.filter(
      (rule) =>
        rule.packet === undefined || isSpared(rule) || (isSent(rule) && isLost(result, rule) && isEnded(matched, rule)),
    ),
  )
}

const leadsOff = new Set(['REDIRECT', 'DNAT', 'NETMAP'])

/**
 * What an answer matches until nat leads it elsewhere, which happens where it begins a connection of its own, in another
 * zone: of its packets nothing tells then whose they are.
 */
function untilLedOff(matched: readonly MatchedRule[]): MatchedRule[] {
  const ledOff = new Set<number>()
  return matched.filter(({ connection, packet, table, target = '' }) => {
    if (packet !== 'answer') return true
    if (ledOff.has(connection)) return false
    if (table === 'nat' && leadsOff.has(target)) ledOff.add(connection)
    return true
  })
}

const isLost = (result: FlowResult, { connection }: MatchedRule): boolean =>
  'observed' in result && (result.observed.journey[connection]?.at === 'dropped' || isAnswerLost(result.observed))

/** Whether a rule ends a packet after the first one; that is part of the reason then. */
function isEnded(matched: readonly MatchedRule[], { connection, packet }: MatchedRule): boolean {
  const last = matched.findLast((other) => other.packet === packet && other.connection === connection)
  return last !== undefined && mayEnd(last)
}

/** An unknown match that decides nothing still allows a prediction, but not a full list of the rules that matched. */
export const isInDoubt = (prediction: Prediction): boolean => doubtful(prediction) !== undefined

/** The first rule for which the model does not know whether it matched. */
export const doubtful = ({ attempts }: Prediction): RuleStep | undefined =>
  attempts.flatMap((result) => result.steps.find((step) => step.truth === 'unknown' && isTold(step, result)) ?? [])[0]

/**
 * The rules that each connection's first packet matched, and those that the answer matched where a rule decides by the
 * answer.
 */
export function predictedRules(prediction: Pick<Prediction, 'attempts'>): MatchedRule[] {
  const matched = prediction.attempts.flatMap((result, connection) =>
    result.steps
      .filter((step) => step.truth === true && isTold(step, result))
      .map((step) => matchedRule(step, connection)),
  )
  return marked(untilLedOff(matched), prediction)
}

/** A step as reports have it. @param connection whose: 0 is the probe's own. */
export const matchedRule = (step: RuleStep, connection: number): MatchedRule => ({
  ...placeOf(step, connection),
  ...describe(step.chain, step.rule),
})

const isTold = ({ packet }: RuleStep, { decisive, deciding }: AttemptResult): boolean =>
  packet === 'first' || decisive.ended?.packet === packet || deciding?.packet === packet

function placeOf({ hook, table, chain, number, packet, isError }: RuleStep, connection: number) {
  const which = packet === 'first' ? {} : { packet: isError ? ('error' as const) : packet }
  return { connection, hook, table, chain, rule: number, ...which }
}

/** Marks each rule as deciding or not. */
function marked(matched: readonly MatchedRule[], { attempts }: Pick<Prediction, 'attempts'>): MatchedRule[] {
  return matched.map((rule) => {
    const { deciding } = attempts[rule.connection] ?? {}
    return { ...rule, decides: deciding !== undefined && isSamePlace(rule, placeOf(deciding, rule.connection)) }
  })
}

function describe(chain: string, rule: Rule): Description {
  const { target, comment } = rule.origin
  return {
    text: ruleText(chain, rule),
    ...(target !== undefined && { target }),
    ...(comment !== undefined && { comment }),
  }
}
