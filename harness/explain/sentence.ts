import { formatAddressPort } from '../core/address.ts'
import { conjoined } from '../core/conjoined.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { OtherEnd } from '../flow/near-miss.ts'
import { isAnswerLost, isListener, type ListenerName, type Observed } from '../flow/verdict.ts'
import { does } from '../netfilter/does.ts'
import type { Rule, Ruleset } from '../netfilter/ruleset.ts'
import type { AttemptResult } from '../model/path/connection-attempt.ts'
import type { Prediction } from '../model/predict.ts'
import { isDrop, type RuleStep } from '../model/rules/trail.ts'
import { describeStation } from '../report/describing/stations.ts'
import { doubtful } from '../run/predict/decided-by.ts'
import { reasonsOf, wayTo } from './why.ts'

/**
 * Why a flow ends where it does, in a plain sentence: `It bypasses the proxy because its primary group is 1337.` Where it
 * is not known whether the answer comes back, another says so.
 * @param without where it would end without the rule that decides, if that is known.
 */
export function sentence(prediction: Prediction, ruleset: Ruleset, without: OtherEnd | undefined): string {
  if ('unknown' in prediction)
    return prediction.soFar === undefined
      ? `What becomes of it is not known, since ${prediction.unknown}.`
      : `${fate(prediction.soFar, undefined)}; what becomes of that is not known, since ${prediction.unknown}.`
  const { answerUnknown } = prediction
  const unheard =
    answerUnknown === undefined ? '' : ` Whether its answer comes back is not known, since ${answerUnknown.unknown}.`
  return `${end(prediction, ruleset, without)}${unheard}`
}

/** Why it ends there; of the way there all is known. */
function end(
  prediction: Extract<Prediction, { predicted: unknown }>,
  ruleset: Ruleset,
  without: OtherEnd | undefined,
): string {
  const { predicted, attempts } = prediction
  const [first, last] = [attempts[0], attempts.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a prediction without a dial')
  const unsure = doubtful(prediction)
  if (unsure !== undefined) {
    return `${fate(predicted, without)}; which rule decides is not known, since it cannot be determined whether ${placeOf(unsure)} matches.`
  }
  if (predicted.verdict === 'looped') {
    const at =
      attempts.length > 1
        ? `What the proxy dials on comes back to the ${listenerName(predicted.listener)}`
        : fate(predicted, without)
    return `${at}${because(last, ruleset)}.`
  }
  if (predicted.verdict === 'dropped') return `${dropped(first, ruleset)}.`
  if (predicted.verdict === 'refused') return `${refused(first, ruleset)}.`
  if (isAnswerLost(predicted)) return `${unanswered(predicted, first, ruleset)}.`
  if (first.deciding === undefined) return `${undecided(predicted, first, ruleset)}.`
  return `${fate(predicted, without, first)}${because(first, ruleset)}.`
}

/** What becomes of it, as a clause. */
function fate(
  { verdict, listener, answeredBy, translatedTo, originalDestination }: Observed,
  without: OtherEnd | undefined,
  result?: AttemptResult,
): string {
  switch (verdict) {
    case 'redirected':
      return `It is redirected to the ${listenerName(listener)}`
    case 'captured':
      return `It is captured by the ${listenerName(listener)}${originalDestination === undefined ? ', which cannot read where it was going,' : ''}`
    case 'translated':
      return `It is sent on to ${translatedTo === undefined ? 'another address' : formatAddressPort(translatedTo)}`
    case 'looped':
      return `It comes back to the ${listenerName(listener)}`
    case 'direct':
      if (answeredBy?.startsWith('envoy-')) return `It goes straight to the ${describeStation(answeredBy)}`
      if (without === undefined ? isSpared(result) : without.kind === 'received' && isListener(without.at))
        return 'It bypasses the proxy'
      return without === undefined || (without.kind === 'received' && !without.isAnswerLost)
        ? 'It goes where it was sent'
        : 'It is let through'
    case 'dropped':
    case 'refused':
      return `It is ${verdict}`
  }
}

/** Where others would spare it the same, what nat lets go is spared all the same. */
const isSpared = ({ deciding }: Partial<AttemptResult> = {}): boolean =>
  deciding?.type === 'nat' && does(deciding.rule, 'return', 'accept')

const listenerName = (listener: ListenerName | undefined): string =>
  listener === undefined ? 'same listener' : `${listener} listener`

/** What the rule that decides asked for, or that it takes whatever is left. */
function because(result: AttemptResult, ruleset: Ruleset): string {
  const { deciding, steps } = result
  if (deciding === undefined) return noRule(result, ruleset)
  if (deciding.packet !== 'first') return ` because ${packets[deciding.packet]} meets ${placeOf(deciding)}`
  const way = wayTo(deciding, steps)
  const reasons = reasonsOf(way)
  if (reasons.length > 0) return ` because ${conjoined(reasons)}`
  const left = way.findLast(({ number }) => number > 1)
  if (left !== undefined && takesWhatIsLeft(deciding.rule))
    return ` because nothing before ${placeOf(left)} lets it pass`
  return ` because ${placeOf(deciding)} matches all of its kind`
}

const packets = { answer: 'the answer on its way back', acknowledgement: 'what the sender says to the answer' } as const

const takesWhatIsLeft = (rule: Rule): boolean =>
  does(rule, 'redirect', 'dnat', 'tproxy', 'drop', 'reject', 'snat', 'netmap', 'masquerade')

const noRule = ({ steps }: AttemptResult, { tables, family }: Ruleset): string =>
  tables.size === 0
    ? `, since there are no rules for ${family}`
    : steps.some(({ truth, packet }) => truth === true && packet === 'first')
      ? ', and no single rule decides that'
      : ', since no rule matches it'

function undecided(predicted: Observed, { steps }: AttemptResult, { tables, family }: Ruleset): string {
  if (predicted.verdict !== 'direct') return `${fate(predicted, undefined)}, and no single rule decides that`
  if (tables.size === 0) return `There are no rules for ${family}, so it goes where it was sent`
  const isMatched = steps.some(({ truth, packet }) => truth === true && packet === 'first')
  return isMatched
    ? 'No rule that it matches changes its way, so it goes where it was sent'
    : 'No rule matches it, so it goes where it was sent'
}

/** Of a datagram or an echo request: where it arrives, and why its sender hears nothing. */
function unanswered(predicted: Observed, result: AttemptResult, ruleset: Ruleset): string {
  const where = predicted.verdict === 'direct' ? 'It arrives' : fate(predicted, undefined)
  const lost = `${where}, but its answer is lost`
  return ended(lost, result, ruleset) ?? noAnswer(lost, result)
}

function dropped(result: AttemptResult, ruleset: Ruleset): string {
  return ended('It is dropped', result, ruleset) ?? noAnswer('It is dropped', result)
}

function noAnswer(what: string, { deciding }: AttemptResult): string {
  if (deciding === undefined) return `${what}, and no rule does that`
  return `${what} because after ${placeOf(deciding)} no answer to it comes back as one`
}

/** Where a rule, a policy or the kernel ends one of its packets. */
function ended(what: string, result: AttemptResult, ruleset: Ruleset): string | undefined {
  const { deciding, decisive, endings } = result
  if (decisive.ended !== undefined) return `${what}${because(result, ruleset)}`
  const ending = endings.findLast(isDrop)
  if (ending === undefined) return undefined
  const which = ending.packet === 'first' ? 'it' : packets[ending.packet]
  if ('why' in ending) {
    const after = deciding === undefined ? '' : `, after ${placeOf(deciding)}`
    return `${what} because the kernel itself drops ${which} at ${ending.hook}${after}: ${ending.why}`
  }
  return `${what} because no rule of ${ending.table} ${ending.hook} lets ${which} pass, and the policy is DROP`
}

function refused(result: AttemptResult, ruleset: Ruleset): string {
  const { deciding, steps, flow } = result
  if (deciding !== undefined && does(deciding.rule, 'reject')) return `It is refused${because(result, ruleset)}`
  const to = deciding && sentTo(deciding.rule, flow)
  if (deciding !== undefined && to !== undefined)
    return `It is refused because nobody listens on ${to}, where ${placeOf(deciding)} sends it`
  const reasons = deciding === undefined ? [] : reasonsOf(wayTo(deciding, steps))
  return `It is refused because nobody listens on ${formatAddressPort(flow.destination)}${reasons.length === 0 ? '' : `, where it goes since ${conjoined(reasons)}`}`
}

/** Where a translation leads, as far as its rule says it. */
function sentTo({ statements }: Rule, { destination }: ConcreteFlow): string | undefined {
  const translation = statements.find((statement) => statement.kind === 'redirect' || statement.kind === 'dnat')
  if (translation === undefined) return undefined
  const { ports } = translation
  const port =
    ports === undefined
      ? `port ${destination.port}`
      : ports.first === ports.last
        ? `port ${ports.first}`
        : `a port from ${ports.first} to ${ports.last}`
  if (translation.kind === 'redirect') return `${port} of the pod`
  const { addresses } = translation
  return addresses === undefined
    ? port
    : `${addresses.first === addresses.last ? addresses.first : `${addresses.first}-${addresses.last}`}, ${port}`
}

const placeOf = ({ table, chain, number }: RuleStep): string => `${table} ${chain} rule ${number}`
