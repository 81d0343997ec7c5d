import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow, Flow } from '../flow/flow.ts'
import { namedCredentials } from '../flow/identity.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { Profile } from '../mesh/profile.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { JobPlan } from '../run/checks/job-plan.ts'
import { planJob } from '../run/plan/plan-job.ts'
import type { PodAddresses } from '../run/plan/pod-addresses.ts'
import type { RulesSpec } from '../mesh/rules.ts'
import { leadsOf } from '../run/witnesses/leads.ts'

/** A flow that somebody asks about, and the rules that it is to meet. */
export interface Question {
  flow: ConcreteFlow
  /** Whose proxy is there. */
  profile: Profile
  addresses: PodAddresses
  /** What the rules were made from. */
  config: RulesSpec
  rules: readonly RuleText[]
  /** The same, of the flow's family. */
  ruleset: Ruleset
  backend: Backend
}

/**
 * The pod in which one flow is sent, or predicted: that of a scenario which has no other flow. Somebody listens
 * wherever the flow or a rule leads.
 */
export function planOneFlow({ flow, profile, addresses, config, rules, ruleset, backend }: Question): JobPlan {
  const { origin, family } = flow
  const credentials = origin.kind === 'pod' ? flow.credentials : namedCredentials.remote
  const asked: Flow = {
    identity: credentials,
    origin,
    protocol: flow.protocol,
    destination: { kind: 'literal', family, ...flow.destination },
    ...(flow.source && { source: flow.source }),
    ...(flow.mark !== undefined && { mark: flow.mark }),
    ...(flow.tos !== undefined && { tos: flow.tos }),
  }
  const scenario = {
    mesh: profile.mesh,
    rules: config,
    proxy: 'up',
    apps: [],
    applyTimes: 1,
    flows: [{ flow: asked }],
  } as const
  const job = {
    scenario,
    backend,
    profile,
    proxy: profile.proxy,
    source: {},
    checks: [{ flow: asked, credentials, family }],
  }
  return planJob(job, addresses, rules, { leads: leadsOf([flow], [ruleset], addresses) })
}
