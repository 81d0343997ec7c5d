import type { Prediction } from '../model/predict.ts'
import { formatAddressPort } from '../core/address.ts'
import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Captured } from '../flow/listener.ts'
import { type DecidedBy, decidingRule } from '../flow/matched-rule.ts'
import type { Observed } from '../flow/verdict.ts'
import { textOf } from '../netfilter/condition.ts'
import { ruleText } from '../netfilter/ruleset.ts'
import type { Attempt } from '../model/path/connection-attempt.ts'
import type { RuleStep } from '../model/rules/trail.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import { reportedObserved } from '../report/describing/reported-observed.ts'
import { reportedEnd, reportedNearMisses, reportedRule } from '../report/describing/reported-rule.ts'
import { isInDoubt, predictedRules } from '../run/predict/decided-by.ts'
import type { ExplainedFlow, Premises } from './explained-flow.ts'
import { flowSentence } from './explanation.ts'
import { mostSteps } from './steps.ts'
import type { WhyNot } from './why-not.ts'
import { begunOf } from '../model/predict.ts'

/** What happened when the flow was driven. */
export interface Live {
  backend: Backend
  /** Of iptables. */
  version: string
  observed: Observed
  decided: DecidedBy & { untraced?: string }
  /** As predicted, as far as both are known. */
  agrees: boolean
}

/** Of what is not known where it ends, the way until then. */
function reportedJourney(prediction: Prediction) {
  const known = 'unknown' in prediction ? prediction.soFar : prediction.predicted
  return known === undefined ? [] : reportedObserved(known).journey
}

/** `sidetrack.explain/1`, as `explainSchema` has it. */
export function explanationJson(
  { flow, prediction, stack, premises, sentence, changes, outcomes, whyNot }: ExplainedFlow,
  live?: Live,
) {
  const steps = begunOf(prediction).flatMap(reportedSteps)
  return {
    schema: 'sidetrack.explain/1' as const,
    ...('unknown' in prediction
      ? { verdict: 'unknown' as const, unknown: prediction.unknown }
      : { ...reportedVerdict(prediction.predicted), decidedBy: reportedDeciding(prediction) }),
    ...(outcomes.length > 0 && {
      outcomes: outcomes.map(({ share, prediction: one }) => ({
        share,
        ...('unknown' in one ? { verdict: 'unknown' as const } : reportedVerdict(one.predicted)),
        decidedBy: reportedDeciding(one),
      })),
    }),
    ...reportedPremises(premises),
    sentence,
    flow: { ...reportedFlow(flow, stack), words: flowSentence(flow, stack) },
    steps: steps.slice(0, mostSteps),
    stepsLeftOut: Math.max(0, steps.length - mostSteps),
    journey: reportedJourney(prediction),
    ...(changes && {
      changes: {
        ...(changes.without && {
          without: {
            rule: reportedRule(changes.without.rule),
            ...(changes.without.end && { end: reportedEnd(changes.without.end) }),
          },
        }),
        ...reportedNearMisses(changes.missed),
      },
    }),
    ...(whyNot && { whyNot: reportedWhyNot(whyNot) }),
    ...(live && { live: reportedLive(live) }),
  }
}

/** The same for a flow whose family a captured text does not cover. */
export function unspokenJson(flow: ConcreteFlow, premises: Premises) {
  const unknown = `the text has no rules for ${flow.family}`
  return {
    schema: 'sidetrack.explain/1' as const,
    verdict: 'unknown' as const,
    unknown,
    ...reportedPremises(premises),
    sentence: `What becomes of it is not known, since ${unknown}.`,
    flow: reportedFlow(flow),
    steps: [],
    stepsLeftOut: 0,
    journey: [],
  }
}

const reportedWhyNot = ({ wanted, isSo, flow, rules, isWhole }: WhyNot) => ({
  wanted,
  isSo,
  isWhole,
  flow,
  rules: rules.map((change) =>
    'without' in change
      ? { without: change.without.map(reportedRule) }
      : { rule: reportedRule(change.rule), notAsking: change.notAsking },
  ),
})

function reportedVerdict(observed: Observed) {
  const { journey: _, heard: __, ...verdict } = reportedObserved(observed)
  return verdict
}

/** null: no rule decides. */
function reportedDeciding(prediction: ExplainedFlow['prediction']) {
  if (isInDoubt(prediction)) return 'unknown' as const
  const rule = decidingRule(predictedRules(prediction))
  return rule === undefined ? null : reportedRule(rule)
}

export function reportedPremises({ profile: { mesh, release, proxy, listeners }, reason, notes }: Premises) {
  const { uid, gid } = proxy
  const portOf = (what: Captured): number | undefined => listeners.find(({ captures }) => captures === what)?.port
  const kinds = ['warning', 'assumed', 'cleaned', 'passed over', 'left out', 'built']
  const ofKind = (kind: string): string[] =>
    notes.filter((note) => note.startsWith(`${kind}: `)).map((note) => note.slice(kind.length + 2))
  return {
    proxy: {
      mesh,
      release,
      uid,
      gid,
      outbound: portOf('outbound'),
      inbound: portOf('inbound'),
      listeners,
      ...(typeof reason === 'object' ? { reason: 'rules' as const, ...reason } : { reason }),
    },
    warnings: ofKind('warning'),
    assumed: ofKind('assumed'),
    cleaned: ofKind('cleaned'),
    passedOver: ofKind('passed over'),
    leftOut: ofKind('left out'),
    built: ofKind('built'),
    snapshots: notes.filter((note) => !kinds.some((kind) => note.startsWith(`${kind}: `))),
  }
}

export function reportedFlow(flow: ConcreteFlow, stack?: NetworkStack) {
  const { origin, protocol, family, source, destination, mark, tos } = flow
  const { uid, gid, groups } = flow.credentials
  const chosen =
    origin.kind === 'pod'
      ? stack?.route(destination.address, { mark }).source
      : origin.kind === 'inner'
        ? stack?.pod.inner?.address
        : undefined
  const sender = origin.kind === 'pod' ? { uid, gid, groups } : {}
  return {
    origin: origin.kind,
    ...sender,
    ...(origin.kind === 'peer' && { interface: origin.interface }),
    protocol,
    family,
    source: { ...(chosen !== undefined && { address: chosen }), ...source },
    destination: formatAddressPort(destination),
    mark,
    tos,
  }
}

/** `connection`: 0 is the flow's own, 1 what the proxy dials on, and so on. */
const reportedSteps = ({ steps }: Attempt, connection: number) =>
  steps.map(({ hook, table, chain, number, rule, truth, answers, packet }: RuleStep) => ({
    connection,
    packet,
    hook,
    table,
    chain,
    rule: number,
    text: ruleText(chain, rule),
    matched: truth,
    conditions: answers.map(({ condition, truth: met, actual }) => ({ asks: textOf(condition), met, actual })),
  }))

function reportedLive({ backend, version, observed, decided, agrees }: Live) {
  return {
    iptables: { backend, version },
    ...reportedObserved(observed),
    decidedBy: decided.observed?.map(reportedRule),
    untraced: decided.untraced,
    divergesAt: decided.divergesAt,
    asPredicted: agrees,
  }
}
