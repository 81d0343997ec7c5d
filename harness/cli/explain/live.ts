import { HarnessError } from '../../core/errors.ts'
import { forwards } from '../../flow/networks-behind.ts'
import type { DecidedBy } from '../../flow/matched-rule.ts'
import { atRule } from '../../flow/ruleset.ts'
import type { Observed } from '../../flow/verdict.ts'
import { emptyRuleset } from '../../netfilter/ruleset.ts'
import { describePlace } from '../../report/describing/deciding.ts'
import { describeObserved } from '../../report/describing/describe-observed.ts'
import { describeHop } from '../../report/describing/stations.ts'
import { isOfOurPod } from '../../run/witnesses/our-pod.ts'
import { withAccounts } from '../../run/predict/accounts.ts'
import { decidedBy } from '../../run/predict/decided-by.ts'
import type { JobPlan } from '../../run/checks/job-plan.ts'
import { loadPodRules, networkStackOf } from '../../run/predict/loaded-rules.ts'
import { predictPod } from '../../run/predict/predict-pod.ts'
import { requireBackends } from '../../run/schedule/run.ts'
import { refuseSharedState } from '../../run/plan/shared-state.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { type Asked, type ExplainedFlow, explainFlow, type Premises } from '../../explain/explained-flow.ts'
import type { Live } from '../../explain/json.ts'

/**
 * Drives a plan's one flow, and gathers what the model says of it and what happened.
 * @param premises what the verdict rests on.
 * @param source whose rules they are.
 * @throws HarnessError where the rules are rejected, or the flow could not be driven.
 */
export async function explainLive(
  plan: JobPlan,
  sandbox: Sandbox,
  premises: Premises,
  source: string,
  asked?: Asked,
): Promise<{ explained: ExplainedFlow; live: Live; lines: string[] }> {
  refuseSharedState(plan.rules, source)
  const { backend } = plan.pod
  requireBackends(sandbox, [backend])
  await using pod = await sandbox.stand(plan.pod)
  const [{ applied }, flows] = await Promise.all([pod.load(plan), Array.fromAsync(pod.send(plan.flows))])
  const loaded = await withAccounts(loadPodRules(plan, applied), pod)
  if (applied !== 'none' && !applied.ok)
    throw new HarnessError('rules', `the rules are rejected${atRule(applied)}: ${applied.message}`)
  const [flow, result, prediction] = [plan.flows[0], flows[0], predictPod(plan, applied, loaded, { keeps: 'all' })[0]]
  if (flow === undefined || result === undefined || prediction === undefined)
    throw new Error('the agent said nothing of the flow')
  if ('error' in result) throw new HarnessError(result.fault, result.error)
  const ruleset = 'unread' in loaded ? emptyRuleset(flow.family) : loaded.rulesets[flow.family]
  const predicted = 'unknown' in prediction ? undefined : prediction.predicted
  const decided = decidedBy(result, prediction, flow.family, loaded)
  const { lines, agrees } = happened(result.observed, predicted, decided)
  const version = sandbox.info.iptables[backend] ?? ''
  const head = `Sent through a pod, with iptables-${backend} ${version}`.trimEnd()
  const stack = networkStackOf(plan.pod, 'unread' in loaded ? {} : loaded)
  const isOurs =
    isOfOurPod({ flow, prediction, result }, plan.pod.mayForward) &&
    (!forwards(plan.pod, flow.family) || ('unknown' in prediction && prediction.isOfSurroundings === true))
  return {
    explained: explainFlow(flow, prediction, ruleset, stack, premises, asked),
    live: { backend, version, observed: result.observed, decided, agrees },
    lines: [`${head}:`, ...lines, ...(isOurs ? [forwardsNothing] : [])],
  }
}

const forwardsNothing =
  'The pod here forwards it to nobody, so this does not tell what becomes of it on the machine that the rules are from.'

/** What happened beside what was predicted, and whether the two are the same as far as both are known. */
export function happened(
  observed: Observed,
  predicted: Observed | undefined,
  { observed: matched, predicted: foreseen, divergesAt, untraced }: DecidedBy & { untraced?: string },
): { lines: string[]; agrees: boolean } {
  const said = predicted && inWords(predicted)
  const isAsSaid = said === undefined || said.join('\n') === inWords(observed).join('\n')
  const [verdict, ...hops] = inWords(observed)
  const lines = [
    `Verdict: ${verdict}${said === undefined ? '' : isAsSaid ? ', as predicted' : ', which is not as predicted'}`,
    'Journey:',
    ...hops,
    ...(untraced === undefined ? [] : [`Which rules matched is not known: ${untraced}.`]),
    ...(matched === undefined ? [] : ['Rules that matched, as the kernel traced them:']),
    ...(matched ?? []).map((rule, index) => `${index === divergesAt ? '>' : ' '} ${index + 1}. ${describePlace(rule)}`),
    ...(matched?.length === 0 ? ['  none'] : []),
  ]
  if (divergesAt !== undefined) {
    const other = foreseen?.[divergesAt]
    lines.push(
      `The prediction parts from that at ${divergesAt + 1}: ${other === undefined ? 'it ends there' : describePlace(other)}`,
    )
  }
  return { lines, agrees: isAsSaid && divergesAt === undefined }
}

const inWords = (observed: Observed): string[] => [
  describeObserved(observed),
  ...observed.journey.map((hop, index) => `  ${index + 1}. ${describeHop(hop)}`),
]
