import { decidingRule, type MatchedRule } from '../../flow/matched-rule.ts'
import { findBuilder } from '../../mesh/index.ts'
import { builtinSource } from '../../source/kinds/builtin.ts'
import type { PromisedBy } from '../checks/check.ts'
import { predictedRules } from '../predict/decided-by.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { ruleText } from '../../netfilter/ruleset.ts'
import { type LoadedRules, loadPodRules } from '../predict/loaded-rules.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { planJob } from '../plan/plan-job.ts'
import { besideRules } from '../plan/beside-rules.ts'
import { podRules } from '../plan/pod-rules.ts'
import { predictPod } from '../predict/predict-pod.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'

/**
 * Has the mesh's own builder make rules for the pod's config, and the model say which of them decide each flow. This is
 * how a report can name a missing rule, which no trace shows.
 * @param loaded the pod's own rules, to tell which of the mesh's are among them.
 * @returns for each flow, in order; undefined where it is unknown; empty if the pod's rules are the mesh's own.
 */
export async function promisedRules(
  job: PodJob,
  plan: JobPlan,
  addresses: PodAddresses,
  loaded: LoadedRules,
): Promise<(PromisedBy | undefined)[]> {
  const { scenario, profile, source } = job
  const id = `${profile.mesh}@${profile.release}`
  if (scenario.rules.kind === 'text' || source.id === id || 'unread' in loaded) return []
  try {
    const own = { ...job, proxy: profile.proxy, source: builtinSource(id, findBuilder(profile.mesh), profile.release) }
    const promised = planJob(own, addresses, await podRules(own, addresses), {
      beside: await besideRules(own, addresses),
    })
    return predictPod(promised, { ok: true }, loadPodRules(promised, { ok: true })).map((prediction, index) => {
      const family = plan.flows[index]?.family
      if (family === undefined || 'unknown' in prediction) return undefined
      const matched = predictedRules(prediction)
      const rules = prediction.attempts.flatMap((_, connection) =>
        promiseOf(matched, connection, loaded.rulesets[family]),
      )
      return rules.length === 0 ? undefined : { source: id, rules }
    })
  } catch {
    // This release's builder may refuse the config; the report does without.
    return []
  }
}

type Ruleset = Extract<LoadedRules, { rulesets: unknown }>['rulesets']['ipv4']

function promiseOf(matched: readonly MatchedRule[], connection: number, ruleset: Ruleset): PromisedBy['rules'] {
  const deciding = decidingRule(matched, connection)
  if (deciding === undefined) return []
  if (!holds(ruleset, deciding)) return [{ rule: deciding, isMissing: true }]
  const onTheWay = matched.find((rule) => rule.connection === connection && !holds(ruleset, rule))
  return [onTheWay === undefined ? { rule: deciding, isMissing: false } : { rule: onTheWay, isMissing: true }]
}

/** Whether a ruleset has the same rule in the same chain, wherever it stands there. */
function holds({ tables }: Ruleset, { table, chain, text }: MatchedRule): boolean {
  const rules = [...tables.values()].find(({ name }) => name === table)?.chains.get(chain)?.rules ?? []
  return rules.some((rule) => ruleText(chain, rule) === text)
}
