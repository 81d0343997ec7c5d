import type { FlowResult, Routing } from '../agent/protocol.ts'
import type { Family } from '../core/address.ts'
import type { Backend } from '../flow/backend.ts'
import { type DecidedBy, decidingRule, type MatchedRule } from '../flow/matched-rule.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import type { Observed } from '../flow/verdict.ts'
import type { CapturedListener } from '../flow/captured-pod.ts'
import type { Profile } from '../mesh/profile.ts'
import type { Outcome } from '../model/chances.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import type { Prediction } from '../model/predict.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { RulePlace, Shown } from './finding.ts'
import type { Question } from './questions/question.ts'

/** What findings are looked for in. */
export interface Subject {
  /** Those that the rules are known of. */
  families: readonly Family[]
  rulesets: Readonly<Record<Family, Ruleset>>
  texts: readonly RuleText[]
  /** Whose proxy is there, and how the names of the chains of its rules begin. */
  profile: Profile
  chains: readonly string[]
  stack: NetworkStack
  /**
   * The policy routing that is set up beside the rules, and whether the text tells of it, or whoever made the rules.
   */
  routing: Routing
  isRoutingTold: boolean
  /** What was asked, with what became of it. */
  answers: readonly Answer[]
  /** What each backend makes of the rules, as far as that was tried. */
  applied: Readonly<Partial<Record<Backend, Applied>>>
  /** Inbound ports that the mesh leaves alone, in whatever release. */
  leftAlone: readonly number[]
  /** What rules that the mesh itself makes by default have too (`patternOf` in find-all.ts). */
  meant: ReadonlySet<string>
  /**
   * What would become of it by the rules that the mesh makes of the config; missing where there is no config to hold
   * them to.
   */
  promised?: (answer: Answer) => Observed | undefined
  /** Whether it is the config that has the rules leave a flow alone, as far as there is one to hold them to. */
  isConfigured: (flow: ConcreteFlow) => boolean
  /** Of the config only what the mesh says, or only what the pod does, is known: the other one may exclude more. */
  isConfigPart: boolean
  /** How init containers have ended of which the text tells. */
  ended: readonly { name: string; exitCode: number; reason: string }[]
  /** Who was seen listening where the text was captured; undefined where it does not show that. */
  listeners?: readonly CapturedListener[]
  /** What the text says of rules that it does not hold. */
  elsewhere: readonly string[]
}

/** What can be looked at before anything is asked. */
export type RulesAlone = Pick<Subject, 'families' | 'rulesets'>

/** A question with what became of its flow. */
export interface Answer extends Question {
  prediction: Prediction
  /** Missing where it was not driven. */
  result?: FlowResult
  /** Rules leave it to chance: what was seen is one of several ways that it may go, and these are all, if they are known. */
  chances?: readonly Outcome[]
  decided?: DecidedBy
}

/**
 * What becomes of a flow: what was seen, or if it was not driven, what the model says; undefined where neither tells,
 * or it is left to chance.
 */
export function behaviourOf({
  prediction,
  result,
  chances,
}: Pick<Answer, 'prediction' | 'result' | 'chances'>): Observed | undefined {
  if (chances !== undefined) return undefined
  if (result !== undefined && 'observed' in result) return result.observed
  return result === undefined && 'predicted' in prediction ? prediction.predicted : undefined
}

/** The rules that a flow matched. */
export const matchedBy = ({ decided }: Pick<Answer, 'decided'>): readonly MatchedRule[] =>
  decided?.observed ?? decided?.predicted ?? []

/** The rule that decided what became of the flow's own connection, or of one that the proxy dialled on. */
export const decidingFor = (answer: Pick<Answer, 'decided'>, connection = 0): MatchedRule | undefined =>
  decidingRule(matchedBy(answer), connection)

export function shownBy(answer: Answer): Shown | undefined {
  const behaviour = behaviourOf(answer)
  return behaviour && { flow: answer.flow, behaviour, isSeen: answer.result !== undefined }
}

/** A rule's place in the text. */
export function placeOf(
  { rulesets }: Pick<Subject, 'rulesets'>,
  family: Family,
  rule: Pick<MatchedRule, 'table' | 'chain' | 'rule' | 'text'>,
): RulePlace {
  const found = rulesets[family].tables.get(rule.table)?.chains.get(rule.chain)?.rules[rule.rule - 1]
  const { table, chain, rule: number, text } = rule
  return { family, table, chain, rule: number, text, line: found?.origin.place.line ?? 0 }
}

/** The same of the rule that decides an answer, if one does. */
export function decidingPlace(subject: Pick<Subject, 'rulesets'>, answer: Answer, connection = 0): RulePlace[] {
  const rule = decidingFor(answer, connection)
  return rule === undefined ? [] : [placeOf(subject, answer.flow.family, rule)]
}
