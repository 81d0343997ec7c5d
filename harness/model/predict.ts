import { type Family, sameAddressPort } from '../core/address.ts'
import { answerLost, type Hop, isListener, isReceiver, type ListenerName, type Observed } from '../flow/verdict.ts'
import type { Interval } from '../netfilter/interval-set.ts'
import type { Rule, Ruleset } from '../netfilter/ruleset.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { decidingStep } from './deciding.ts'
import { attempt, type AttemptResult, type AttemptOptions, type Attempt } from './path/connection-attempt.ts'
import { canBeSent, isOwnPort, passedOn } from './proxy.ts'
import { Unpredictable } from './packet/unpredictable.ts'
import type { NetworkStack } from './stack/network-stack.ts'

/**
 * What the rules should do with a flow; `unknown` says why that cannot be predicted. `last` is the attempt that failed
 * after `attempts`, if all steps are kept.
 */
export type Prediction = Predicted | Unknown

/** @property answerUnknown why it is not known whether the answer to a datagram or an echo request comes back. */
interface Predicted {
  predicted: Observed
  answerUnknown?: Why
  attempts: AttemptResult[]
}

/** @property rule which nobody can judge. @property supposition what would have to be supposed of it (`supposed`). */
interface Why {
  unknown: string
  rule?: Rule
  supposition?: string
}

/** @property soFar what is known of it before that: who gets it first, though what the proxy dials on is not known. */
interface Unknown extends Why {
  soFar?: Observed
  isOfFlow?: true
  isOfSurroundings?: true
  /** One of which the kernel draws. */
  ports?: Interval<number>
  attempts: AttemptResult[]
  last?: Attempt
}

/** The attempts that were made, the one that failed among them. */
export const begunOf = (prediction: Prediction): readonly Attempt[] =>
  'unknown' in prediction && prediction.last !== undefined
    ? [...prediction.attempts, prediction.last]
    : prediction.attempts

/**
 * @property keeps which rules to keep that were tried. @property earlier what flows before it have left in connection
 * tracking.
 */
interface PredictOptions extends Pick<AttemptOptions, 'keeps' | 'earlier' | 'supposed'> {
  /** Receives each attempt that is made without a rule, to find the one that decides. */
  without?: ((tried: Attempt) => void) | undefined
  /** Whether to find out which rule decides (default): it takes most of the time. */
  decides?: boolean | undefined
}

/**
 * Predicts what a ruleset does to a flow: the probe's own connection, and each connection that the proxy dials on, as a
 * flow of its own.
 * @param rulesets by family.
 */
export function predict(
  flow: ConcreteFlow,
  rulesets: Readonly<Record<Family, Ruleset>>,
  stack: NetworkStack,
  { without, decides = true, ...options }: PredictOptions = {},
): Prediction {
  const attempts: AttemptResult[] = []
  const begun: Attempt[] = []
  const way: Way = { journey: [] }
  try {
    const { predicted, answerUnknown } = follow(flow, rulesets, stack, options, attempts, begun, way)
    const told = { predicted, ...(answerUnknown && { answerUnknown: whyOf(answerUnknown) }), attempts }
    return decides ? withDeciding(told, rulesets, stack, Infinity, without) : told
  } catch (thrown) {
    if (!(thrown instanceof Unpredictable)) throw thrown
    const { isOfFlow, isOfSurroundings, ports } = thrown
    const why = {
      ...whyOf(thrown),
      ...(isOfFlow && { isOfFlow }),
      ...(isOfSurroundings && { isOfSurroundings }),
      ...(ports && { ports }),
      ...soFar(way),
    }
    if (options.keeps === undefined || options.keeps === 'matched') return { ...why, attempts: [] }
    const last = begun[attempts.length]
    const told = { ...why, attempts, ...(last && { last }) }
    return decides ? withDeciding(told, rulesets, stack, Infinity, without) : told
  }
}

/**
 * The same prediction, with the rule that decides each of its attempts, or the first ones.
 * @param without receives each attempt that is made without a rule.
 */
export function withDeciding<P extends Prediction>(
  prediction: P,
  rulesets: Readonly<Record<Family, Ruleset>>,
  stack: NetworkStack,
  most: number,
  without?: (tried: Attempt) => void,
): P {
  const attempts = prediction.attempts.map((result, index) => {
    if (index >= most) return result
    const deciding = decidingStep(result, rulesets[result.flow.family], stack, without)
    return { ...result, ...(deciding && { deciding }) }
  })
  return { ...prediction, attempts }
}

const whyOf = ({ message: unknown, rule, supposition }: Unpredictable): Why => ({
  unknown,
  ...(rule && { rule }),
  ...(supposition !== undefined && { supposition }),
})

/** What a flow has come to while it is followed. */
interface Way {
  verdict?: Omit<Observed, 'journey'>
  journey: Hop[]
}

const soFar = ({ verdict, journey }: Way): Pick<Unknown, 'soFar'> =>
  verdict === undefined || journey.length === 0 ? {} : { soFar: { ...verdict, journey } }

function follow(
  flow: ConcreteFlow,
  rulesets: Readonly<Record<Family, Ruleset>>,
  stack: NetworkStack,
  options: AttemptOptions,
  attempts: AttemptResult[],
  begun: Attempt[],
  way: Way,
): { predicted: Observed; answerUnknown: Unpredictable | undefined } {
  const { journey } = way
  const through: ListenerName[] = []
  const { proxy } = stack.pod
  let current = flow
  // The client waits for the answer to what the proxy passes on; it gets an error if nobody listens there.
  let isLost = false
  let unknown: Unpredictable | undefined
  const ended = (last?: Hop): { predicted: Observed; answerUnknown: Unpredictable | undefined } => {
    const answerUnknown = isLost || flow.raw !== undefined ? undefined : unknown
    const isTold = (flow.protocol !== 'tcp' || flow.raw !== undefined) && journey.length > 0
    const notes = isLost
      ? [answerLost]
      : answerUnknown && [`whether its answer comes back is not known: ${answerUnknown.message}`]
    const predicted = {
      verdict: 'dropped' as const,
      ...way.verdict,
      ...(isTold && answerUnknown === undefined && { answered: flow.raw === undefined && !isLost }),
      journey: last === undefined ? journey : [...journey, last],
      ...(notes && { notes }),
    }
    return { predicted, answerUnknown }
  }
  for (;;) {
    const ruleset = rulesets[current.family]
    const result = attempt(current, ruleset, stack, options, (tried) => begun.push(tried))
    attempts.push(result)
    const { outcome, client: from = '', isUnsent } = result
    const { destination, credentials: identity } = current
    const sent = { dialled: destination, identity }
    way.verdict ??= judge(result, current)
    isLost ||= current.protocol !== 'tcp' && current !== flow && outcome.kind === 'dropped' && !isUnsent
    if (outcome.kind !== 'received') return ended({ at: outcome.kind, ...sent })
    const { at, passesOn, local, translated, isUnread, isAnswerLost, answerUnknown } = outcome
    if (isListener(at) && through.includes(at)) {
      const last = through.at(-1)
      way.verdict = { verdict: 'looped', ...(last && { listener: last }) }
      return ended({ at: 'looped', local, from, ...sent })
    }
    journey.push({
      at,
      local,
      from,
      ...(translated && isListener(at) && !isUnread && { originalDestination: destination }),
      ...sent,
    })
    // Without an original destination Envoy does not know where to dial on to.
    isLost ||= isAnswerLost === true
    unknown ??= answerUnknown
    if (passesOn === undefined || isUnread) return ended()
    through.push(at)
    current = passedOn(
      passesOn,
      { protocol: flow.protocol, destination: translated ? destination : local },
      from,
      stack,
    )
    const next = { dialled: current.destination, identity: proxy.credentials }
    if (isOwnPort(current.destination, stack)) return ended({ at: 'self', ...next })
    if (!canBeSent(current, stack)) return ended({ at: 'refused', ...next })
  }
}

/** The verdict on the probe's own connection, by the table of verdicts in harness/README.md. */
function judge({ outcome }: AttemptResult, { destination }: ConcreteFlow): Omit<Observed, 'journey'> {
  if (outcome.kind === 'dropped') return { verdict: 'dropped' }
  if (outcome.kind === 'refused') return { verdict: 'refused', refusedBy: outcome.by }
  const { at, local, isUnread } = outcome
  const isUntranslated = sameAddressPort(local, destination)
  if (isReceiver(at))
    return isUntranslated
      ? { verdict: 'direct', answeredBy: at }
      : { verdict: 'translated', answeredBy: at, translatedTo: local }
  if (isUnread && !isUntranslated) return { verdict: 'captured', listener: at }
  return isUntranslated
    ? { verdict: 'direct', answeredBy: `envoy-${at}` }
    : { verdict: 'redirected', listener: at, originalDestination: destination }
}
