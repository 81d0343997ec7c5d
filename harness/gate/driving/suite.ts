import type { Backend } from '../../flow/backend.ts'
import { describeCheck } from '../../report/describing/describe-check.ts'
import { laneSender } from '../../report/reporters/html/station-text.ts'
import { emptyRuleset, type Ruleset } from '../../netfilter/ruleset.ts'
import type { Check, CheckResult } from '../../run/checks/check.ts'
import { loadText } from '../../run/predict/loaded-rules.ts'
import type { Selection } from '../../run/checks/options.ts'
import { hasFlow } from '../../run/checks/planned.ts'
import { planJobs } from '../../run/plan/plan.ts'
import { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { requestOf } from '../../run/plan/request.ts'
import { run } from '../../run/schedule/run.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { againChange } from './again-change.ts'
import { type Asked, askSide, isProgram } from '../compared/ask.ts'
import { behaviourOf, effectOf } from '../changes/behaviour.ts'
import { causeOf } from '../changes/cause.ts'
import type { Change, GateError, Outcome } from '../changes/change.ts'
import { nameOf } from '../compared/config.ts'
import type { Coverage } from '../classes/coverage.ts'
import { beforeAndAfter } from './flow-changes.ts'
import type { GateOptions, SuiteQuestion } from './options.ts'
import { oddity } from '../classes/plainness.ts'
import {
  type BackendPair,
  backendText,
  onBothSides,
  onSides,
  type SideName,
  sideNames,
  type Sides,
} from '../compared/sides.ts'

/**
 * The suite's flows of which the two sides make something else. Scenarios for which both sides' rules are the same are
 * not sent.
 */
export async function suiteChanges(
  question: SuiteQuestion,
  options: GateOptions,
  coverage: Coverage,
): Promise<{ changes: Change[]; errors: GateError[] }> {
  const own = ownScenarios(question, options)
  const answers = new Map(
    await Promise.all(own.map(async (scenario) => [scenario, await askedFor(scenario, options)] as const)),
  )
  const isAcross = options.backends.some(({ baseline, candidate }) => baseline !== candidate)
  const scenarios = own.filter(
    (scenario) => isAcross || !isSame(answers.get(scenario)) || isAskedAgain(scenario, options),
  )
  coverage.suite = { compared: 0, same: own.length - scenarios.length }
  if (scenarios.length === 0) return { changes: [], errors: [] }
  const changes: Change[] = []
  const errors: GateError[] = []
  for (const pair of options.backends) {
    const results = await onBothSides((side) => resultsOf(side, pair[side], { ...question, scenarios }, options))
    const failing = new Set<unknown>()
    for (const [id, before] of results.baseline) {
      const after = results.candidate.get(id)
      // How rules are loaded a second time is compared below, whether a promise is known of it or not.
      const skipped = [before, after].find((result) => result?.status === 'skipped' && hasFlow(result.check))
      if (skipped !== undefined) {
        coverage.skip(skipped.reason ?? '')
        continue
      }
      const found = after && compareCheck({ baseline: before, candidate: after }, pair, answers)
      coverage.suite.compared += 1
      const again =
        after &&
        againChange({ baseline: before, candidate: after }, pair, answers.get(before.check.scenario as Scenario))
      // Of a scenario that is not loaded every check says the same.
      if (again !== undefined && !failing.has(before.check.scenario)) changes.push(again)
      if (again !== undefined) failing.add(before.check.scenario)
      if (found === undefined) continue
      if ('fault' in found) errors.push(found)
      else changes.push(found)
    }
  }
  return { changes, errors }
}

/** Scenarios of which either side has checks: a release, a family or an option may be none of theirs. */
function ownScenarios(question: SuiteQuestion, options: GateOptions): Scenario[] {
  const { backends } = options
  const planned = sideNames.map((side) => {
    const what = selectionOf(
      side,
      backends.map((pair) => pair[side]),
      question,
      options,
    )
    return new Set<unknown>(planJobs(what).jobs.map(({ scenario }) => scenario))
  })
  return question.scenarios.filter(
    (scenario) =>
      scenario.mesh === options.mesh &&
      scenario.rules.kind === 'config' &&
      planned.every((scenarios) => scenarios.has(scenario)),
  )
}

/** What both sides make for a scenario. */
async function askedFor({ rules, ...scenario }: Scenario, { sides, signal }: GateOptions): Promise<Sides<Asked>> {
  const { config, podAnnotations } = requestOf({ rules }, PodAddresses.of(scenario))
  const asked = { name: '', config, podAnnotations, podIPs: scenario.podIPs }
  return onBothSides((side) => askSide(sides[side], asked, signal))
}

/** What a program makes of `current` is known once there is a pod in which rules stand. */
const isAskedAgain = ({ applyTimes }: Scenario, { sides }: Pick<GateOptions, 'sides'>): boolean =>
  applyTimes > 1 && sideNames.some((side) => isProgram(sides[side]))

function isSame(answers: Sides<Asked> | undefined): boolean {
  if (answers === undefined) return false
  const { baseline, candidate } = answers
  if ('failed' in baseline || 'failed' in candidate) return 'failed' in baseline && 'failed' in candidate
  return baseline.key === candidate.key
}

/** Which rules a side's pod is loaded with, as far as nothing went wrong. */
function rulesetOf(asked: Asked | undefined, { family, backend }: Check): Ruleset | undefined {
  if (asked === undefined || 'failed' in asked) return undefined
  const text = asked.texts.find((own) => own.family === family)
  return text === undefined ? emptyRuleset(family) : loadText(text, backend).ruleset
}

/** What one side does with each check, by the check's id without the backend. */
async function resultsOf(
  side: SideName,
  backend: Backend,
  question: SuiteQuestion,
  options: GateOptions,
): Promise<Map<string, CheckResult>> {
  const { sandbox, jobs, signal } = options
  const results = new Map<string, CheckResult>()
  await run(
    {
      what: selectionOf(side, [backend], question, options),
      where: [{ sandbox }],
      how: { jobs: Math.max(1, jobs >> 1), repeat: 1, bail: false, command: [], signal, tracesFailed: true },
    },
    (event) => {
      if (event.type === 'result') results.set(event.result.check.id.replace(`/${backend}/`, '/'), event.result)
      if (event.type === 'end' && event.error !== undefined) throw event.error
    },
  )
  return results
}

/** Which checks are a side's. */
function selectionOf(
  side: SideName,
  backends: readonly Backend[],
  { scenarios, config, podAnnotations, release, without }: SuiteQuestion,
  { mesh, sides, families }: GateOptions,
): Selection {
  return {
    scenarios,
    mesh: { name: mesh, ...(release !== undefined && { release }) },
    source: sides[side].source,
    backends,
    ...(config && { config }),
    ...(podAnnotations && { podAnnotations }),
    ...(families && { families }),
    ...(without && { without }),
  }
}

/** Rejected rules and builders that fail are changes of their config, and told there. */
function compareCheck(
  results: Sides<CheckResult>,
  backends: BackendPair,
  answers: ReadonlyMap<unknown, Sides<Asked>>,
): Change | GateError | undefined {
  const { baseline, candidate } = results
  const { check } = candidate
  const { backend, family, scenario } = check
  const id = check.id.replace(`/${backend}/`, `/${backendText(backends)}/`)
  const subject = describeCheck(check)
  const broken = [baseline, candidate].find(({ status, fault }) => status === 'error' && fault !== 'rules')
  if (broken !== undefined) return { id, subject, fault: broken.fault ?? 'sidetrack', reason: broken.reason ?? '' }
  if (baseline.observed === undefined || candidate.observed === undefined) return undefined
  if (behaviourOf(baseline.observed) === behaviourOf(candidate.observed)) return undefined
  // Which rule decided is found out once somebody asks, and that takes longer than the flow.
  const outcomes = { baseline: outcomeOf(baseline), candidate: outcomeOf(candidate) }
  const { rules } = scenario as Scenario
  const config =
    rules.kind === 'config'
      ? { config: rules.config, podAnnotations: rules.podAnnotations }
      : { config: {}, podAnnotations: {} }
  return {
    id,
    config: { name: nameOf(config), ...config },
    backends,
    family,
    subject,
    effect: effectOf(baseline.observed, candidate.observed, check.flow?.raw !== undefined),
    ...beforeAndAfter(onSides((side) => outcomes[side].observed)),
    ...(check.flow && { flow: { sender: laneSender(check), oddity: oddity(check.flow, family) } }),
    outcomes,
    cause: causeOf(
      outcomes,
      onSides((side) => rulesetOf(answers.get(check.scenario)?.[side], results[side].check)),
    ),
  }
}

/**
 * A flow that is as promised was sent without a trace: which rules it met the model says, where it says of the flow what
 * was seen.
 */
export function outcomeOf({ observed, predicted, decidedBy = {} }: CheckResult): Outcome {
  if (observed === undefined) throw new Error('a check without an outcome')
  const isForeseen =
    predicted !== undefined && !('unknown' in predicted) && behaviourOf(predicted) === behaviourOf(observed)
  return { observed, decidedBy: decidedBy.observed !== undefined || isForeseen ? decidedBy : {} }
}
